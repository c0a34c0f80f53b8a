import NeuralNetwork
import Runtime
import Statistics
import Tensor

/// One update of the policy from a batch of unrolls, data-parallel over shards.
///
/// The batch's environment columns are split into as many contiguous ranges as there are shards. Each shard runs the
/// network and V-trace on its columns; then the statistics of all advantages are merged, each shard computes the gradient
/// of its share of the loss, and the gradients are summed. Every merge goes in the order of the shards, so that the same
/// batch, parameters and number of shards give the same bits; another number of shards gives the same up to rounding.
///
/// Used by one thread at a time. All memory is allocated by the initialiser.
public final class TrainStep {
  public let options: ActorCriticOptions
  /// T.
  public let unrollLength: Int
  /// The most environment columns a batch may have, B.
  public let maximumColumns: Int
  /// Updates that were not applied because something was not a finite number.
  public private(set) var skippedUpdates = 0

  private let network: PolicyNetwork
  private let rowByteCount: Int
  private let threads: ThreadTeam
  private let shards: [TrainShard]
  private let prepared: FloatBuffer
  /// Nil where the network does not standardise observations.
  private let moments: ObservationMoments?
  private let job: Job
  /// What each shard does in the two phases and in the merge between them: made once, because a closure made for every
  /// update would be memory allocated for every update.
  private let phases: (estimate: (Int) -> Void, differentiate: (Int) -> Void, reduce: (Int) -> Void)

  /// The present update, read by every shard. Changed only between phases.
  private final class Job {
    var batch: [TrainUnroll] = []
    var columns = 0
    var frames = 0
    var advantageMean: Float = 0
    var advantageScale: Float = 1
    var loss: PPOLoss
    var weights: Weights?

    init(_ loss: PPOLoss) { self.loss = loss }
  }

  /// - Parameters:
  ///   - rowByteCount: of the observation layout the network was made for.
  ///   - shards: threads that share an update, the caller's included.
  /// - Throws: `TrainStepError.valueHeads`, or `SystemError` if a thread cannot be started.
  public init(
    network: PolicyNetwork, rowByteCount: Int, options: ActorCriticOptions, unrollLength: Int, maximumColumns: Int,
    shards: Int
  ) throws {
    guard network.valueHeads == options.valueHeads.count else {
      throw TrainStepError.valueHeads(network: network.valueHeads, options: options.valueHeads.count)
    }
    precondition(unrollLength > 0 && maximumColumns > 0, "\(unrollLength) steps of \(maximumColumns) columns")
    self.network = network
    self.rowByteCount = rowByteCount
    self.options = options
    self.unrollLength = unrollLength
    self.maximumColumns = maximumColumns
    prepared = network.makePrepared()
    moments = ObservationMoments(network, rowByteCount: rowByteCount)
    threads = try ThreadTeam(count: shards, name: "shard")
    let columnsPerShard = (maximumColumns + shards - 1) / shards
    self.shards = (0..<shards).map { _ in
      TrainShard(network: network, options: options, steps: unrollLength, maximumColumns: columnsPerShard)
    }
    job = Job(options.loss(at: 0))
    phases = Self.phases(of: self.shards, job, rowByteCount: rowByteCount)
  }

  private static func phases(
    of shards: [TrainShard], _ job: Job, rowByteCount: Int
  ) -> (estimate: (Int) -> Void, differentiate: (Int) -> Void, reduce: (Int) -> Void) {
    let count = shards.count
    return (
      { shard in
        guard let weights = job.weights else { return }
        let range = (job.columns * shard / count)..<(job.columns * (shard + 1) / count)
        shards[shard].estimate(job.batch, columns: range, rowByteCount: rowByteCount, weights: weights)
      },
      { shard in
        guard let weights = job.weights else { return }
        shards[shard].differentiate(
          job.loss, advantageMean: job.advantageMean, advantageScale: job.advantageScale, meanOver: job.frames,
          weights: weights)
      },
      { part in Self.reduceGradients(of: shards, part: part) }
    )
  }

  /// The sum over shards of the latest gradient, before clipping. Laid out as the network's parameters.
  var gradients: FloatBuffer { shards[0].gradients }

  /// Trains from `batch` once, with observations standardised by moments that the batch is part of.
  /// - Parameters:
  ///   - parameters: updated in place, unless the gradient is not finite: then nothing changes but `skippedUpdates`.
  ///   - policyVersion: of `parameters` before the update; the lag is counted from it.
  /// - Throws: `TrainStepError` when the batch is refused; nothing has changed then.
  public func update(
    _ batch: [TrainUnroll], parameters: FloatBuffer, optimiser: Adam, policyVersion: UInt64
  ) throws -> TrainStatistics {
    moments?.update(parameters, from: batch, policyVersion: policyVersion)
    var isApplied = false
    defer { if !isApplied { moments?.revert(parameters) } }
    var statistics = try differentiate(batch, parameters: parameters, policyVersion: policyVersion)
    let norm = optimiser.update(
      parameters, gradients: gradients, learningRate: options.learningRate(at: policyVersion),
      maximumGradientNorm: options.maximumGradientNorm)
    statistics.gradientNorm = Double(norm)
    statistics.setPolicyLag(of: batch, behind: policyVersion)
    isApplied = norm.isFinite
    if !isApplied {
      skippedUpdates += 1
      statistics.nonFiniteTensor = nonFiniteTensor(parameters)
    }
    return statistics
  }

  /// Leaves the gradient of the batch's loss in `gradients`.
  func differentiate(
    _ batch: [TrainUnroll], parameters: FloatBuffer, policyVersion: UInt64 = 0
  ) throws -> TrainStatistics {
    let columns = try validate(batch)
    job.batch = batch
    job.columns = columns
    job.frames = columns * unrollLength
    job.loss = options.loss(at: policyVersion)
    job.weights = network.prepare(parameters.pointer, into: prepared, forTraining: true)
    defer { job.batch = [] }  // its unrolls are their owners' again
    threads.run(phases.estimate)
    for shard in shards { if let refusal = shard.refusal { throw refusal } }
    combineAdvantages(policyVersion)

    let advantages = merged { $0.advantageMoments }
    let deviation = advantages.variance.squareRoot()
    job.advantageMean = Float(advantages.mean)
    job.advantageScale = Float(1 / max(deviation, Moments.minimumAdvantageDeviation))
    threads.run(phases.differentiate)
    if shards.count > 1 { threads.run(phases.reduce) }

    var sums = PPOLossSums()
    for shard in shards { sums += shard.sums }
    var statistics = TrainStatistics(sums)
    statistics.advantageMean = advantages.mean
    statistics.advantageDeviation = deviation
    statistics.explainedVariance = explainedVariance
    return statistics
  }

  /// Where a term makes one advantage of the heads' instead of their sum. A few operations a frame: not worth a phase.
  private func combineAdvantages(_ policyVersion: UInt64) {
    guard let term = options.advantageTerm else { return }
    let moments = (0..<network.valueHeads).map { head in merged { $0.headMoments[head] } }
    let coefficients = term.coefficients(moments, policyVersion: policyVersion)
    for shard in shards { shard.combine(coefficients) }
  }

  /// The number of columns of a batch that can be trained from.
  private func validate(_ batch: [TrainUnroll]) throws -> Int {
    var columns = 0
    for (index, item) in batch.enumerated() {
      guard item.unroll.unrollLength == unrollLength else {
        throw TrainStepError.unrollLength(unroll: index, found: item.unroll.unrollLength, expected: unrollLength)
      }
      columns += item.unroll.environmentCount
    }
    guard columns > 0 else { throw TrainStepError.emptyBatch }
    guard columns <= maximumColumns else { throw TrainStepError.tooManyColumns(columns, maximum: maximumColumns) }
    return columns
  }

  /// The moments of all shards, in their order.
  private func merged(_ part: (TrainShard) -> Moments) -> Moments {
    var sum = Moments()
    for shard in shards { sum += part(shard) }
    return sum
  }

  private var explainedVariance: Double? {
    var (target, error) = (0.0, 0.0)
    for head in 0..<network.valueHeads {
      target += merged { $0.targetMoments[head] }.squaredDeviations
      error += merged { $0.errorMoments[head] }.squaredDeviations
    }
    return target > 0 ? 1 - error / target : nil
  }

  /// Adds the gradients of all shards to those of shard 0: each thread a range of the parameters, each parameter in the
  /// order of the shards.
  private static func reduceGradients(of shards: [TrainShard], part: Int) {
    let parameterCount = shards[0].gradients.count
    let range = (parameterCount * part / shards.count)..<(parameterCount * (part + 1) / shards.count)
    let sum = shards[0].gradients.pointer
    for shard in shards.dropFirst() {
      let gradients = shard.gradients.pointer
      for index in range { sum[index] += gradients[index] }
    }
  }

  /// The first tensor, in the order of computation, that is not finite. Looked for in all shards before the next tensor,
  /// since from the merge of the advantages on one shard's trouble is in all of them.
  private func nonFiniteTensor(_ parameters: FloatBuffer) -> String {
    for slice in network.parameters.slices
    where !TrainShard.isFinite(parameters.pointer + slice.offset, slice.count) {
      return "parameter \(slice.name)"
    }
    let tensors = shards.map(\.tensors)
    for index in tensors[0].indices {
      for shard in tensors where !shard[index].isFinite { return shard[index].name }
    }
    let slice = network.parameters.slices.first {
      !TrainShard.isFinite(gradients.pointer + $0.offset, $0.count)
    }
    // Each gradient can be finite and the sum of their squares not.
    return slice.map { "gradient of \($0.name)" } ?? "gradient norm"
  }
}
