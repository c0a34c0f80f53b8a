import Runtime
import Tensor

@testable import IntrinsicReward

/// Random episodes of one group of environments, and the rewards of a transform when they are cut into unrolls.
struct RandomPlay {
  let columns: Int
  /// [S, E] scores; NaN for none.
  var scores: [Float]
  /// [S, E] step flags.
  var flags: [UInt8]
  var captions: [UInt32]
  var captionCounts: [UInt16]

  /// - Parameters:
  ///   - captionKinds: number of distinct captions; half of all steps have one.
  ///   - score: draws the score of a caption; NaN for unknown.
  init(
    steps: Int, columns: Int, seed: UInt64, meanLength: Int = 8, captionKinds: Int = 6,
    score: ((UInt32, inout RandomGenerator) -> Float)? = nil
  ) {
    var generator = RandomGenerator(seed: seed)
    self.columns = columns
    (scores, flags, captions, captionCounts) = ([], [], [], [])
    var met = [[UInt32: UInt16]](repeating: [:], count: columns)
    for index in 0..<steps * columns {
      let caption = generator.below(2) == 0 ? UInt32(0) : UInt32(1 + generator.below(captionKinds))
      met[index % columns][caption, default: 0] += 1
      captions.append(caption)
      captionCounts.append(met[index % columns][caption] ?? 0)
      if caption == 0 {
        scores.append(.nan)
      } else if let score {
        scores.append(score(caption, &generator))
      } else {
        scores.append(generator.below(5) == 0 ? .nan : 4 * generator.uniform() - 2)
      }
      let hasEnded = generator.below(meanLength) == 0
      flags.append(hasEnded ? [1, 2, 5, 6][generator.below(4)] : 0)
      if hasEnded { met[index % columns] = [:] }
    }
  }

  var steps: Int { scores.count / columns }

  /// The indices of each episode's steps, column after column; the last episode of a column is unfinished.
  var episodes: [[Int]] {
    (0..<columns).flatMap { column -> [[Int]] in
      var episodes: [[Int]] = [[]]
      for index in stride(from: column, to: scores.count, by: columns) {
        episodes[episodes.count - 1].append(index)
        if flags[index] & 3 != 0 { episodes.append([]) }
      }
      return episodes.filter { !$0.isEmpty }
    }
  }

  func hasEnded(_ episode: [Int]) -> Bool { episode.last.map { flags[$0] & 3 != 0 } ?? false }
  func hasWon(_ episode: [Int]) -> Bool { episode.last.map { flags[$0] & 4 != 0 } ?? false }

  /// Random lengths of unrolls that cover all steps.
  func cuts(seed: UInt64, upTo most: Int = 9) -> [Int] {
    var generator = RandomGenerator(seed: seed)
    var cuts: [Int] = []
    var left = steps
    while left > 0 {
      cuts.append(min(left, 1 + generator.below(most)))
      left -= cuts[cuts.count - 1]
    }
    return cuts
  }

  /// The rewards of all steps, [S, E], from unrolls of the lengths `cuts`.
  /// - Parameter before: called with the number of each unroll.
  func rewards<Transform: RewardTransform>(
    _ transform: inout Transform, cuts: [Int], group: UInt64 = 1, updates: (Int) -> UInt64 = { UInt64($0) },
    before: (Int, inout Transform) -> Void = { _, _ in }
  ) -> [Float] {
    var rewards: [Float] = []
    var first = 0
    for (number, length) in cuts.enumerated() {
      before(number, &transform)
      var unroll = Array(scores[first * columns..<(first + length) * columns])
      withInputs(first..<first + length, group: group, updates: updates(number)) { transform.apply(&unroll, $0) }
      rewards += unroll
      first += length
    }
    return rewards
  }

  /// Calls `body` with the inputs of some steps.
  func withInputs<Result>(
    _ range: Range<Int>, group: UInt64 = 1, policyVersion: UInt64 = 0, updates: UInt64 = 0,
    _ body: (RewardInputs) -> Result
  ) -> Result {
    let extrinsic = [Float](repeating: 0, count: scores.count)
    let offset = range.lowerBound * columns
    return extrinsic.withUnsafeBufferPointer { extrinsic in
      flags.withUnsafeBufferPointer { flags in
        captions.withUnsafeBufferPointer { captions in
          captionCounts.withUnsafeBufferPointer { counts in
            // None of the buffers is empty.
            body(
              RewardInputs(
                group: group, steps: range.count, columns: columns, rewards: extrinsic.baseAddress! + offset,
                flags: flags.baseAddress! + offset, captions: captions.baseAddress! + offset,
                captionCounts: counts.baseAddress! + offset, policyVersion: policyVersion, updates: updates))
          }
        }
      }
    }
  }
}

/// The total of some rewards; unknown ones count as 0.
func total(_ rewards: [Float], _ indices: [Int]) -> Double {
  indices.reduce(0) { $0 + (rewards[$1].isNaN ? 0 : Double(rewards[$1])) }
}
