import RewardPrograms
import Tensor
import Trajectories

extension FuzzTarget {
  private static let layout = ObservationLayout([
    ObservationField("status", .int32, [4], .numeric(scale: [1])), ObservationField("message", .uint8, [32], .text),
    ObservationField("x", .float32, [2], .numeric(scale: [1])),
  ])

  /// A reward program that a model wrote. Whatever it says, it is refused or pays between -1 and 1, the same each time.
  static let programs = FuzzTarget(
    name: "programs",
    run: { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let program = try? RewardProgram(text, ProgramSchema(layout)) else { return }
      // The text is the observation and the caption too.
      var rows = [UInt8](repeating: 0, count: 2 * layout.rowByteCount)
      for (index, byte) in bytes.prefix(rows.count).enumerated() { rows[index] = byte }
      func rewards() -> [Float] {
        var scorer = ProgramScorer(program)
        scorer.learn(1, Array(bytes.prefix(256)))
        var counts = [Float](repeating: 0, count: scorer.countedCount)
        return rows.withUnsafeBytes { rows in
          (0..<3).map { step in
            guard let before = rows.baseAddress else { return .nan }
            return scorer.score(
              ProgramScorer.Step(
                before: before, after: before + layout.rowByteCount, caption: UInt32(step % 2), occurrences: 1,
                extrinsic: 1, ended: step == 2, won: step == 2), counts: &counts)
          }
        }
      }
      let (first, second) = (rewards(), rewards())
      for (one, other) in zip(first, second) {
        require(one.isNaN ? other.isNaN : one == other, "a program pays \(one), then \(other)")
        require(one.isNaN || abs(one) <= ProgramLimits.reward, "a program pays \(one)")
      }
    },
    seeds: {
      let texts = [
        "reward = 0.5 * contains(caption, \"you kill\", \"you destroy\") / occurrences",
        "let d = after.status[1] - before.status[1]\nreward = clip(d, -0.1, 0.1) if not ended else won",
        "a = met(\"door\") # doors\nreward = (0.1 * (a == 1)\n  + number(caption) / 100)",
        "reward = min(sqrt(abs(before.x[0])), log(after.x[1]), floor(extrinsic)) - max(1, 2, 3) * true",
        "reward = 1 if starts(before.message, 'a') and 2 <= 3 or false else -1 / 0",
      ]
      return texts.enumerated().map { ("\($0.offset)", Array($0.element.utf8)) }
    })
}
