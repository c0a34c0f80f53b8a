import NeuralNetwork
import Ranks
import Runtime
import Statistics
import Tensor

/// What the learners of a run exchange in one update, so that each computes the update of the whole batch from its own part.
///
/// Everything is merged in the order of the ranks, as a train step merges its shards: two ranks of one shard give the same
/// numbers as one rank of two. With a single learner nothing is merged. Used by one thread at a time.
final class GradientExchange {
  private static let numbersPerMoments = 3

  private let ranks: any Communicator
  private let table: RankTable
  var isShared: Bool { ranks.isShared }

  /// - Parameters:
  ///   - moments: the most moments that `merge` gets at once.
  ///   - sums: the most numbers that `add` gets in each of its two buffers.
  init(_ ranks: any Communicator, moments: Int, sums: Int) {
    self.ranks = ranks
    table = RankTable(ranks, capacity: max(Self.numbersPerMoments * moments, 2 * sums + 1, 8))
  }

  /// Replaces each of the moments by that of all ranks' values.
  func merge(_ moments: inout [Moments]) throws {
    guard isShared else { return }
    let width = Self.numbersPerMoments
    for (index, part) in moments.enumerated() {
      table.own[index * width] = Double(part.count)
      table.own[index * width + 1] = part.mean
      table.own[index * width + 2] = part.squaredDeviations
    }
    try table.exchange(moments.count * width)
    for index in moments.indices {
      var sum = Moments()
      for rank in 0..<ranks.size {
        var part = Moments()
        part.count = Int(saturating: table[rank, index * width])
        part.mean = table[rank, index * width + 1]
        part.squaredDeviations = table[rank, index * width + 2]
        sum += part
      }
      moments[index] = sum
    }
  }

  /// Replaces the sums by those of all ranks' frames.
  func merge(_ sums: inout PPOLossSums) throws {
    guard isShared else { return }
    let own = [
      Double(sums.frames), sums.policy, sums.value, sums.entropy, sums.ratio, sums.divergence, Double(sums.clipped),
    ]
    for (column, number) in own.enumerated() { table.own[column] = number }
    try table.exchange(own.count)
    sums.frames = Int(saturating: table.sum(0))
    (sums.policy, sums.value, sums.entropy) = (table.sum(1), table.sum(2), table.sum(3))
    (sums.ratio, sums.divergence) = (table.sum(4), table.sum(5))
    sums.clipped = Int(saturating: table.sum(6))
  }

  /// Adds up the first `count` numbers of two buffers, and a number of frames, over the ranks.
  /// - Returns: the frames of all ranks.
  func add(_ sums: UnsafeMutablePointer<Double>, _ squares: UnsafeMutablePointer<Double>, count: Int, frames: Int)
    throws -> Int
  {
    guard isShared else { return frames }
    table.own[0] = Double(frames)
    (table.own + 1).update(from: sums, count: count)
    (table.own + 1 + count).update(from: squares, count: count)
    try table.exchange(2 * count + 1)
    for i in 0..<count { (sums[i], squares[i]) = (table.sum(1 + i), table.sum(1 + count + i)) }
    return Int(saturating: table.sum(0))
  }

  /// Replaces the gradient by its sum over the ranks, each of which has divided by the frames of all.
  func sum(_ gradients: FloatBuffer) throws {
    guard isShared else { return }
    try ranks.sum(gradients.pointer, count: gradients.count)
  }

  /// The fewest columns of a rank: all ranks make as many minibatches.
  func fewest(_ columns: Int) throws -> Int {
    guard isShared else { return columns }
    table.own[0] = Double(columns)
    try table.exchange(1)
    return (0..<ranks.size).reduce(columns) { min($0, Int(saturating: table[$1, 0])) }
  }

  /// Whether unrolls of any rank are proven to be faulty: not if all of all ranks are, because then the parameters may be
  /// the cause.
  func hasFaulty(_ faulty: Int, of unrolls: Int) throws -> Bool {
    guard isShared else { return faulty > 0 && faulty < unrolls }
    (table.own[0], table.own[1]) = (Double(faulty), Double(unrolls))
    try table.exchange(2)
    return table.sum(0) > 0 && table.sum(0) < table.sum(1)
  }

  /// Replaces frames and lags by those of all ranks.
  func mergeLags(_ statistics: inout TrainStatistics) throws {
    guard isShared else { return }
    let frames = Double(statistics.frames)
    (table.own[0], table.own[1]) = (frames, statistics.frames > 0 ? statistics.meanPolicyLag * frames : 0)
    table.own[2] = statistics.frames > 0 ? Double(statistics.minimumPolicyLag) : .infinity
    table.own[3] = statistics.frames > 0 ? Double(statistics.maximumPolicyLag) : 0
    try table.exchange(4)
    statistics.frames = Int(saturating: table.sum(0))
    statistics.meanPolicyLag = statistics.frames > 0 ? table.sum(1) / Double(statistics.frames) : 0
    let least = (0..<ranks.size).reduce(Double.infinity) { min($0, table[$1, 2]) }
    let most = (0..<ranks.size).reduce(0.0) { max($0, table[$1, 3]) }
    statistics.minimumPolicyLag = UInt64(clamping: Int(saturating: least))
    statistics.maximumPolicyLag = UInt64(clamping: Int(saturating: most))
  }
}
