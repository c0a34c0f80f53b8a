import Environments
import Tensor
import Testing
import Trajectories
import Transport

@testable import EnvironmentServers

/// Two environments; a row has two floats and a category, 16 bytes.
struct StepResultsTests {
  private let layout = ObservationLayout([
    ObservationField("state", .float32, [2], .numeric(scale: [1])),
    ObservationField("kind", .uint8, [], .categorical(cardinality: 3)),
  ])

  private func row(_ a: Float, _ b: Float, kind: UInt8 = 1) -> [UInt8] {
    withUnsafeBytes(of: (a, b)) { Array($0) } + [kind, 0, 0, 0, 0, 0, 0, 0]
  }

  private func bytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  /// The data frame of a step of two environments.
  private func frames(
    _ rows: [[UInt8]], rewards: [Float] = [0, 0], ends: [Int32] = [0, 0], flags: [UInt8] = [0, 0],
    terminal: [[UInt8]] = [], captions: String = ""
  ) -> Frame {
    let padding = [UInt8](repeating: 0, count: 6)
    let fixed = rows.flatMap { $0 } + bytes(rewards) + bytes(ends) + flags + padding
    return Frame(bytes: fixed + terminal.flatMap { $0 } + Array(captions.utf8))
  }

  private func taken(_ frames: Frame?, idlesAfterEnd: Bool = false) throws -> StepResults {
    let results = StepResults(count: 2, layout: layout)
    try results.take(frames, idlesAfterEnd: idlesAfterEnd)
    return results
  }

  private struct Written: Equatable {
    var state: [Float]
    var kind: UInt8
    var caption: String
    var transition: Transition
  }

  private func written(_ results: StepResults, _ e: Int) -> Written {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: layout.rowByteCount, alignment: 8)
    defer { memory.deallocate() }
    let output = StepOutput(row: memory, caption: CaptionBuffer())
    let transition = results.write(e, into: output)
    return Written(
      state: Array(output.field(at: 0, as: Float.self, count: 2)),
      kind: output.field(at: 8, as: UInt8.self, count: 1)[0],
      caption: String(decoding: output.caption.bytes, as: UTF8.self), transition: transition)
  }

  @Test func everyPartReachesItsEnvironment() throws {
    let results = try taken(
      frames(
        [row(1, 2), row(3, 4, kind: 2)], rewards: [0.5, 2], ends: [4, 7], flags: [0, 1 | 4],
        terminal: [row(8, 9, kind: 0)], captions: "A dogYo"))
    #expect(
      written(results, 0) == Written(state: [1, 2], kind: 1, caption: "A do", transition: Transition(reward: 0.5)))
    #expect(
      written(results, 1)
        == Written(
          state: [8, 9], kind: 0, caption: "gYo", transition: Transition(reward: 2, terminated: true, succeeded: true)))
    // After the end, the next action sees the next episode.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 8)
    defer { memory.deallocate() }
    results.copyRow(1, to: memory)
    #expect(memory.load(as: Float.self) == 3)
  }

  @Test func terminatedWinsOverTruncated() throws {
    let results = try taken(
      frames([row(1, 1), row(1, 1)], flags: [3, 2], terminal: [row(5, 5), row(6, 6)]))
    #expect(written(results, 0).transition == Transition(reward: 0, terminated: true))
    #expect(written(results, 1).transition == Transition(reward: 0, truncated: true))
    #expect(written(results, 1).state == [6, 6])
  }

  @Test func anIdleStepShowsTheNextEpisode() throws {
    let results = try taken(frames([row(7, 7), row(0, 0)], flags: [1, 16]), idlesAfterEnd: true)
    #expect(written(results, 0).state == [7, 7] && written(results, 0).transition.terminated)
    #expect(written(results, 1).transition == Transition(reward: 0, truncated: true, isIdle: true))
  }

  @Test(arguments: [
    "no data", "short rows", "no terminal row", "a terminal row too many", "captions that run backwards",
    "a caption beyond the text", "a negative caption",
  ])
  func framesThatDoNotFitAreRefused(_ fault: String) {
    let rows = [row(1, 2), row(3, 4)]
    let wrong: Frame? =
      switch fault {
      case "no data": nil
      case "short rows": frames([rows[0]])
      case "no terminal row": frames(rows, flags: [1, 0])
      case "a terminal row too many": frames(rows, terminal: [rows[0]])
      case "captions that run backwards": frames(rows, ends: [3, 2], captions: "abc")
      case "a caption beyond the text": frames(rows, ends: [1, 4], captions: "abc")
      default: frames(rows, ends: [-1, 2], captions: "abc")
      }
    #expect(throws: ServerProblem.self) { try taken(wrong) }
  }

  @Test func numbersThatAreTooLargeAreCutAndNaNIsNamed() throws {
    let large = try taken(frames([row(1e9, -.infinity), row(0, 0)]))
    try large.check { "environment \($0)" }
    #expect(written(large, 0).state == [1e6, -1e6])
    let nan = try taken(frames([row(0, 0), row(0, .nan)]))
    #expect { try nan.check { "environment \($0)" } } throws: {
      "\($0)".hasPrefix("environment 1: the observation state[1] is nan")
    }
    let terminal = try taken(frames([row(0, 0), row(0, 0)], flags: [0, 2], terminal: [row(0, 0, kind: 3)]))
    #expect { try terminal.check { "environment \($0)" } } throws: {
      "\($0)".hasPrefix("environment 1: the observation kind is 3")
    }
    let reward = try taken(frames([row(0, 0), row(0, 0)], rewards: [.nan, 0]))
    #expect { try reward.check { "environment \($0)" } } throws: {
      "\($0)".hasPrefix("environment 0: the reward is nan")
    }
  }
}
