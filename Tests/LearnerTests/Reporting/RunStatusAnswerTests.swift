import Foundation
import Testing

@testable import Learner

/// What `tengu status` makes of an answer, which any program may have sent.
@Suite struct RunStatusAnswerTests {
  private static let counts = [
    "stepsPlayed", "stepsTrained", "stepsDiscarded", "stepsQueued", "totalSteps", "policyVersion", "skippedUpdates",
    "captionsSeen", "captionsLabelled", "captionsAbstained", "captionsInFlight", "captionsOverflowed", "peersRefused",
    "peersBanned",
  ]
  private static let peerCounts = ["steps", "environmentErrors", "discardedTrajectories", "captions", "threads"]

  private func answer(
    _ changes: [String: Any] = [:], peer peerChanges: [String: Any] = [:], peers: Int = 1
  ) throws -> String {
    var peer: [String: Any] = [
      "role": "worker", "name": "w", "host": "h", "address": "127.0.0.1", "stepsPerSecond": 10.5, "silentSeconds": 0.1,
      "times": ["environment": 1.0, "inference": 2.0, "other": 0.5, "wait": 0.0, "pack": 0.1, "send": 0.1],
    ]
    for name in Self.peerCounts { peer[name] = 3 }
    peer.merge(peerChanges) { $1 }
    var status: [String: Any] = [
      "run": "run", "task": "CaptionGrid", "stepsPerSecond": 100.0, "bytesPerFrame": 600.0,
      "trainer": ["wait": 0.5, "rewards": 0.1, "train": 0.3, "publish": 0.1],
      "peers": Array(repeating: peer, count: peers),
    ]
    for name in Self.counts { status[name] = 5 }
    status.merge(changes) { $1 }
    return String(decoding: try JSONSerialization.data(withJSONObject: status), as: UTF8.self)
  }

  private func problem(_ text: String) -> String {
    do {
      _ = try RunStatus(answer: text)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func anAnswerIsReadAndPrintedAgain() throws {
    let status = try RunStatus(answer: try answer())
    #expect(try RunStatus(answer: status.printableJSON).table == status.table)
    #expect(status.table.contains("CaptionGrid"))
  }

  /// Whether a text names a field. Foundation does not name one whose number does not fit its type.
  private func names(_ field: String, _ problem: String) -> Bool {
    problem.contains(field) || problem.contains("one of its numbers does not fit")
  }

  @Test func theFieldThatIsWrongIsNamed() throws {
    for name in Self.counts {
      for wrong in [-1, 1 << 60, 1e300, "x"] as [Any] {
        #expect(names(name, problem(try answer([name: wrong]))), "\(name) = \(wrong)")
      }
    }
    for name in Self.peerCounts {
      for wrong in [-1, 1e300, "x"] as [Any] {
        #expect(names("peers[0].\(name)", problem(try answer(peer: [name: wrong]))), "\(name) = \(wrong)")
      }
    }
    #expect(problem(try answer(["stepsPerSecond": 1e300])).contains("stepsPerSecond is 1e+300, not from 0"))
    #expect(problem(try answer(["run": String(repeating: "x", count: 5000)])).contains("the length of run is 5000"))
    #expect(problem(try answer(peers: 5000)).contains("the number of peers is 5000"))
    #expect(problem(try answer(peer: ["silentSeconds": -1])).contains("peers[0].silentSeconds"))
    let trainer = ["wait": 2.0, "rewards": 0, "train": 0, "publish": 0]
    #expect(problem(try answer(["trainer": trainer])).contains("trainer.wait"))
    let phases: [String: Any] = ["learner": [["name": "x", "share": -1.0]], "workers": [], "advice": ""]
    let view: [String: Any] = [
      "seconds": 1.0, "episodes": 1, "points": [], "labels": [], "events": [], "phases": phases,
    ]
    #expect(problem(try answer(["view": view])).contains("view.phases is -1.0"))
    let events = view.merging(["events": Array(repeating: "e", count: 300)]) { $1 }
    #expect(problem(try answer(["view": events])).contains("the number of view.events is 300"))
    for text in ["", "{", "[]", "null", "{}", "\u{1B}[2J"] { #expect(!problem(text).isEmpty, "\(text)") }
    #expect(problem("{}").hasPrefix("the answer of the learner: \"run\" is missing; "))
  }

  @Test func whatIsPrintedDrivesNoTerminal() throws {
    let name = "a\u{1B}[2J\u{9B}b\u{202E}c\u{200B}\n"
    let status = try RunStatus(answer: try answer(peer: ["name": name]))
    let printed = try status.printableJSON
    #expect(printed.printable == printed && printed.contains("\\u202e") && printed.contains("\\u009b"))
    let again = try RunStatus(answer: printed)
    #expect(again.peers[0].name == name)
  }
}
