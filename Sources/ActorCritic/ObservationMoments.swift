import NeuralNetwork
import Tensor
import Trajectories

/// Moves the means and variances that standardise numeric fields towards those of each batch (Finch 2009, section 9).
/// For an element with mean m and variance v over the batch's steps, at policy version n:
///
///     a = max(1 / (n + 1), 0.001)      d = m - mean
///     mean' = mean + a d               variance' = (1 - a) (variance + a d^2) + a v
///
/// The first thousand updates give all batches the same weight; later updates forget old batches. Sums are Float64, in
/// the order of the batch. Used by one thread at a time; the initialiser allocates all memory.
final class ObservationMoments {
  /// Minimum weight of a batch.
  static let minimumRate = 0.001

  private let fields: NumericFields
  private let standardisation: Standardisation
  private let rowByteCount: Int
  /// The numbers of one row.
  private let numbers: FloatBuffer
  /// Sum over the batch of each element's distance from the mean before the update, and of the squared distance.
  private let sums, squares: FixedBuffer<Double>
  /// Means and variances before the latest update.
  private let earlierMeans, earlierVariances: FloatBuffer

  /// Returns nil if the network does not standardise.
  /// - Parameter rowByteCount: bytes of an observation row.
  init?(_ network: PolicyNetwork, rowByteCount: Int) {
    guard let fields = network.standardisedFields, let standardisation = fields.standardisation else { return nil }
    self.fields = fields
    self.standardisation = standardisation
    self.rowByteCount = rowByteCount
    let count = standardisation.count
    numbers = FloatBuffer(count: count)
    sums = FixedBuffer(count: count)
    squares = FixedBuffer(count: count)
    earlierMeans = FloatBuffer(count: count)
    earlierVariances = FloatBuffer(count: count)
  }

  /// Number of elements.
  var count: Int { standardisation.count }

  /// Updates the moments with a batch. Elements whose moments over it are not finite keep theirs.
  /// - Parameters:
  ///   - parameters: the network's parameters; only its means and variances change.
  ///   - policyVersion: n, the number of updates before this one.
  ///   - exchange: adds the parts of the batch that other learners have.
  func update(
    _ parameters: FloatBuffer, from batch: [TrainUnroll], policyVersion: UInt64, _ exchange: GradientExchange
  ) throws {
    let means = parameters.pointer + standardisation.mean.offset
    let variances = parameters.pointer + standardisation.variance.offset
    let count = standardisation.count
    earlierMeans.pointer.update(from: means, count: count)
    earlierVariances.pointer.update(from: variances, count: count)
    let frames = try exchange.add(
      sums.pointer, squares.pointer, count: count, frames: addUp(batch, around: means))
    guard frames > 0 else { return }
    let rate = max(1 / (Double(policyVersion) + 1), Self.minimumRate)
    for i in 0..<count {
      let distance = sums.pointer[i] / Double(frames)
      let batchVariance = max(squares.pointer[i] / Double(frames) - distance * distance, 0)
      let mean = Float(Double(means[i]) + rate * distance)
      let variance = Float(
        (1 - rate) * (Double(variances[i]) + rate * distance * distance) + rate * batchVariance)
      guard mean.isFinite, variance.isFinite else { continue }
      (means[i], variances[i]) = (mean, variance)
    }
  }

  /// Undoes the latest update.
  func revert(_ parameters: FloatBuffer) {
    let count = standardisation.count
    (parameters.pointer + standardisation.mean.offset).update(from: earlierMeans.pointer, count: count)
    (parameters.pointer + standardisation.variance.offset).update(from: earlierVariances.pointer, count: count)
  }

  /// Fills `sums` and `squares` from the observations of all steps. Observations after the last step belong to the next
  /// unroll.
  /// - Returns: the number of observations.
  private func addUp(_ batch: [TrainUnroll], around means: UnsafePointer<Float>) -> Int {
    let (sums, squares, numbers) = (sums.pointer, squares.pointer, numbers.pointer)
    sums.update(repeating: 0, count: standardisation.count)
    squares.update(repeating: 0, count: standardisation.count)
    var frames = 0
    for item in batch {
      for frame in 0..<item.unroll.frameCount {
        fields.read(UnsafeRawPointer(item.unroll[Step.observations]) + frame * rowByteCount, into: numbers)
        for i in 0..<standardisation.count {
          let distance = Double(numbers[i]) - Double(means[i])
          sums[i] += distance
          squares[i] += distance * distance
        }
      }
      frames += item.unroll.frameCount
    }
    return frames
  }
}
