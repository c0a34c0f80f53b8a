import Tensor
import Testing
import Trajectories

@testable import RewardPrograms

/// A row of observations: three numbers, a text, and a number that programs may not see.
struct SampleRow {
  static let layout = ObservationLayout([
    ObservationField("status", .int32, [3], .numeric(scale: [1])),
    ObservationField("message", .uint8, [32], .text),
    ObservationField("depth", .float32, [], .numeric(scale: [1])),
    ObservationField("seed", .int32, [], .hidden),
  ])
  static let schema = ProgramSchema(layout, elements: ["hitpoints": ("status", 1), "absent": ("nothing", 0)])

  var status: [Int32] = [0, 0, 0]
  var message = ""
  var depth: Float = 0

  var bytes: [UInt8] {
    var row = [UInt8](repeating: 0, count: Self.layout.rowByteCount)
    row.withUnsafeMutableBytes { bytes in
      for (index, value) in status.enumerated() { bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Int32.self) }
      for (index, byte) in message.utf8.prefix(31).enumerated() { bytes[Self.layout.offsets[1] + index] = byte }
      bytes.storeBytes(of: depth, toByteOffset: Self.layout.offsets[2], as: Float.self)
    }
    return row
  }
}

/// Runs programs on steps of an episode.
struct SampleEpisode {
  private var scorer: ProgramScorer
  private var counts: [Float]
  private var ids: [String: UInt32] = [:]
  private var met: [String: UInt16] = [:]

  init(_ text: String) throws {
    scorer = ProgramScorer(try RewardProgram(text, SampleRow.schema))
    counts = Array(repeating: 0, count: scorer.countedCount)
  }

  mutating func reward(
    _ caption: String = "", before: SampleRow = SampleRow(), after: SampleRow = SampleRow(), extrinsic: Float = 0,
    ended: Bool = false, won: Bool = false
  ) -> Float {
    if !caption.isEmpty, ids[caption] == nil {
      ids[caption] = UInt32(ids.count + 1)
      scorer.learn(UInt32(ids.count), Array(caption.utf8))
    }
    met[caption, default: 0] += 1
    let (before, after) = (before.bytes, after.bytes)
    return before.withUnsafeBytes { before in
      after.withUnsafeBytes { after in
        scorer.score(
          ProgramScorer.Step(
            before: before.baseAddress!, after: after.baseAddress!, caption: caption.isEmpty ? 0 : ids[caption]!,
            occurrences: caption.isEmpty ? 0 : met[caption]!, extrinsic: extrinsic, ended: ended, won: won),
          counts: &counts)
      }
    }
  }
}

@Suite struct ProgramTests {
  private func value(
    _ expression: String, caption: String = "", before: SampleRow = .init(), after: SampleRow = .init()
  ) throws -> Float {
    var episode = try SampleEpisode("reward = \(expression)")
    return episode.reward(caption, before: before, after: after)
  }

  @Test(arguments: [
    ("0.1 + 0.2 * 0.5 - 0.3", -0.1), ("(0.1 + 0.2) * 0.5", 0.15), ("-0.2 - -0.3", 0.1), ("0.8 / 2 / 2", 0.2),
    ("1 < 2", 1), ("2 <= 1", 0), ("2 > 1", 1), ("1 >= 1", 1), ("1 == 2", 0), ("1 != 2", 1),
    ("true and not false", 1), ("False or 0", 0), ("0.25 if 3 > 2 else 0.75", 0.25),
    ("0.1 if false else 0.2 if false else 0.3", 0.3), ("not 0", 1),
    ("min(0.5, 0.25, 0.75)", 0.25), ("max(0.5, 0.75)", 0.75), ("clip(7, 0, 0.5)", 0.5), ("clip(-7, -0.5, 1)", -0.5),
    ("abs(0 - 0.5)", 0.5), ("sqrt(0.25)", 0.5), ("floor(0.75)", 0), ("log(1)", 0), ("exp(0)", 1),
    ("exp(log(0.25))", 0.25), ("3 * true - 2", 1),
    ("100", 1), ("-100", -1), ("1 / 3 * 3 == 1 or true", 1), ("0.2 if 1 / 0 > 1 else 0.4", 0.4),
  ])
  func expressionsHaveTheirValues(text: String, expected: Float) throws {
    #expect(abs(try value(text) - expected) < 1e-6, "\(text)")
  }

  @Test(arguments: ["1 / 0", "sqrt(0 - 1)", "log(0)", "0 * (1 / 0)", "1 / 0 if true else 1"])
  func whatIsNoNumberHasNoScore(text: String) throws { #expect(try value(text).isNaN, "\(text)") }

  @Test func observationsAreRead() throws {
    let before = SampleRow(status: [5, 10, -3], message: "You hear bubbling water.", depth: 1.5)
    let after = SampleRow(status: [6, 9, 0], message: "", depth: 2)
    func value(_ text: String) throws -> Float { try self.value(text, before: before, after: after) }
    #expect(try value("0.1 * (after.status[0] - before.status[0])") == 0.1)
    #expect(try value("before.hitpoints > after.hitpoints and after.depth > before.depth") == 1)
    #expect(try value("before.status[2] / 4") == -0.75)
    #expect(try value("contains(before.message, \"WATER\")") == 1 && value("starts(before.message, \"hear\")") == 0)
    #expect(try value("contains(after.message, \"water\")") == 0 && value("starts(before.message, 'you hear')") == 1)
  }

  @Test func captionsAreRead() throws {
    var episode = try SampleEpisode(
      """
      # Several lines, and a comment.
      let kill = contains(caption, "you kill", "you destroy")   # two texts
      gold = number(caption) if starts(caption, "$") else 0
      reward = (0.5 * kill / occurrences
        + 0.01 * gold) if occurrences > 0 else 0.125
      """)
    #expect(episode.reward() == 0.125)
    #expect(episode.reward("You kill the newt!") == 0.5 && episode.reward("You kill the newt!") == 0.25)
    #expect(episode.reward("You destroy the ghoul!") == 0.5 && episode.reward("The newt bites!") == 0)
    #expect(episode.reward("$ - 12 gold pieces.") == 0.12 && episode.reward("You find 12 $") == 0)
  }

  @Test func countsBelongToTheEpisode() throws {
    var episode = try SampleEpisode("reward = 0.1 * met(\"door\") + 0.01 * occurrences")
    #expect(abs(episode.reward("This door is locked.") - 0.11) < 1e-6)
    #expect(abs(episode.reward("The door opens.") - 0.21) < 1e-6)
    #expect(abs(episode.reward("It's a wall.") - 0.21) < 1e-6)
    #expect(abs(episode.reward("This door is locked.") - 0.32) < 1e-6)
    #expect(abs(episode.reward() - 0.3) < 1e-6)
  }

  @Test func aStepKnowsItsEnd() throws {
    var episode = try SampleEpisode("reward = 0.5 * won - 0.25 * (ended and not won) + extrinsic / 10")
    #expect(episode.reward(extrinsic: 1) == 0.1)
    #expect(episode.reward(ended: true) == -0.25 && episode.reward(ended: true, won: true) == 0.5)
  }
}
