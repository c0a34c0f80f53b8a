import Foundation
import Runtime
import Telemetry
import Testing
import Wire

@testable import Learner

@Suite struct WatchScreenTests {
  /// A status with a run's whole view.
  private func status(peers: Int = 2, events: Int = 4) throws -> RunStatus {
    var learner = UpdateTimes()
    (learner.wait, learner.train) = (1, 1)
    let peer: [String: Any] = [
      "role": "worker", "name": "mars\u{1B}[2J", "host": "h", "address": "a", "stepsPerSecond": 1000.0,
      "silentSeconds": 0.5, "steps": 10, "environmentErrors": 0, "discardedTrajectories": 0, "captions": 3,
      "times": ["environment": 1.0, "inference": 2.0, "other": 0.5, "wait": 0.5, "pack": 0.0, "send": 0.0],
    ]
    var json: [String: Any] = [
      "run": "run-1", "task": "CaptionGrid", "stepsPerSecond": 12345.0,
      "peers": Array(repeating: peer, count: peers),
    ]
    for name in [
      "stepsPlayed", "stepsDiscarded", "stepsQueued", "policyVersion", "skippedUpdates", "captionsSeen",
      "captionsLabelled", "captionsAbstained", "captionsInFlight", "captionsOverflowed", "peersRefused", "peersBanned",
    ] { json[name] = 5 }
    (json["stepsTrained"], json["totalSteps"]) = (500, 1000)
    var status = try RunStatus(answer: String(decoding: JSONSerialization.data(withJSONObject: json), as: UTF8.self))
    status.view = RunView(
      seconds: 65, episodes: 7, lengthMean: 3, successRate: 0.5, labelsPerSecond: 2,
      points: (0..<30).map {
        RunView.Point(
          seconds: Double($0), steps: $0, stepsPerSecond: Double($0), returnMean: Double($0), policyLag: 1,
          queueBatches: 2)
      }, phases: RunPhases(learner: learner, workers: RolloutTimes(), rewardModel: nil, workerCount: 2),
      labels: [.init(caption: "You find gold.", value: 1)], events: (0..<events).map { "12:00 warning event \($0)" })
    return status
  }

  @Test func everythingOfTheRunIsThere() throws {
    let text = WatchScreen(try status(), columns: 100, rows: nil).lines.map(\.text).joined(separator: "\n")
    for part in [
      "run-1", "CaptionGrid", "up 0:01:05", "500 of 1000 steps", "50%", "12345 steps/s", "1.000 versions", "2 batches",
      "return  29.000  from 0.000 to 29.000, success 50%", "wait for a batch 50%", "attach workers", "ROLE", "mars",
      "5 labelled", "1.000  You find gold.", "event 3", "refused messages 5", "█",
    ] { #expect(text.contains(part), "\(part)\n\(text)") }
  }

  /// Whatever the window's size, no line is longer, no screen higher, and nothing drives the terminal.
  @Test(arguments: [(40, 5), (40, 24), (80, 24), (200, 60), (80, 1)])
  func theScreenFitsTheWindow(columns: Int, rows: Int) throws {
    for (peers, events) in [(0, 0), (2, 4), (300, 12)] {
      let lines = WatchScreen(try status(peers: peers, events: events), columns: columns, rows: rows).lines
      #expect(lines.count <= rows)
      for line in lines {
        #expect(line.text.count <= columns, "\(line.text)")
        #expect(line.text.printable == line.text)
      }
    }
  }

  /// What to change is never cut off.
  @Test func theAdviceIsWhole() throws {
    let status = try status()
    let advice = try #require(status.view?.phases?.advice)
    let lines = WatchScreen(status, columns: 40, rows: nil).lines.filter { $0.style == .advice }
    #expect(lines.count == 2 && lines.map(\.text).joined(separator: " ") == advice)
  }

  @Test func aRunWithoutAViewHasItsCounters() throws {
    var status = try status()
    status.view = nil
    #expect(WatchScreen(status, columns: 80, rows: 24).lines.contains { $0.text.contains("500 of 1000 steps") })
  }
}
