import NeuralNetwork
import Runtime
import Statistics
import Tensor

/// One update of the policy from a batch of unrolls, data-parallel over shards.
///
/// Each shard gets a contiguous range of the batch's environment columns. It runs the network and V-trace on them. Then
/// the statistics of all advantages are merged, each shard computes the gradient of its share of the loss, and the
/// gradients are summed. All merges follow the order of the shards: the same batch, parameters and number of shards
/// give the same bits; another number of shards gives the same result up to rounding.
///
/// Used by one thread at a time. The initialiser allocates all memory.
public final class TrainStep {
  public let options: ActorCriticOptions
  /// T, steps of every unroll.
  public let unrollLength: Int
  /// Maximum number of environment columns of a batch.
  public let maximumColumns: Int
  /// Number of updates that were not applied because a tensor was not finite.
  public private(set) var skippedUpdates = 0

  private let network: PolicyNetwork
  private let rowByteCount: Int
  private let threads: ThreadTeam
  private let shards: [TrainShard]
  private let prepared: FloatBuffer
  /// Nil if the network does not standardise observations.
  private let moments: ObservationMoments?
  private let job: Job
  /// The work of each shard in the two phases, and in the sum of the gradients. The closures are made once, because a
  /// closure for every update would allocate memory in every update.
  private let phases: (estimate: (Int) -> Void, differentiate: (Int) -> Void, reduce: (Int) -> Void)

  /// The current update, which every shard reads. It changes only between phases.
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
  ///   - rowByteCount: bytes of an observation row.
  ///   - shards: number of threads that share an update, including the caller's.
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

  /// The sum over shards of the latest gradient, before clipping, with the layout of the network's parameters.
  var gradients: FloatBuffer { shards[0].gradients }

  /// Makes one update from `batch`. The moments that standardise observations include the batch itself.
  /// - Parameters:
  ///   - parameters: updated in place. If the gradient is not finite, only `skippedUpdates` changes.
  ///   - policyVersion: the version of `parameters` before the update, from which the lag is counted.
  /// - Throws: `TrainStepError` if the batch is refused; nothing has changed then. `TrainStepError.stateNotFinite` if the
  ///   parameters or the optimiser are not finite, before or after the update.
  public func update(
    _ batch: [TrainUnroll], parameters: FloatBuffer, optimiser: Adam, policyVersion: UInt64
  ) throws -> TrainStatistics {
    moments?.update(parameters, from: batch, policyVersion: policyVersion)
    var statistics: TrainStatistics
    do {
      statistics = try differentiate(batch, parameters: parameters, policyVersion: policyVersion)
    } catch {
      moments?.revert(parameters)
      throw error
    }
    let norm = optimiser.update(
      parameters, gradients: gradients, learningRate: options.learningRate(at: policyVersion),
      maximumGradientNorm: options.maximumGradientNorm)
    statistics.gradientNorm = Double(norm)
    statistics.setPolicyLag(of: batch, behind: policyVersion)
    if norm.isFinite {
      if !optimiser.isFinite { try expectFinite(parameters, optimiser) }
      return statistics
    }
    skippedUpdates += 1
    statistics.nonFiniteTensor = nonFiniteTensor
    moments?.revert(parameters)
    try expectFinite(parameters, optimiser)
    statistics.faultyUnrolls = try faultyUnrolls(batch, parameters, policyVersion)
    return statistics
  }

  /// Computes the gradient of the batch's loss into `gradients`.
  func differentiate(
    _ batch: [TrainUnroll], parameters: FloatBuffer, policyVersion: UInt64 = 0
  ) throws -> TrainStatistics {
    let columns = try validate(batch)
    job.batch = batch
    job.columns = columns
    job.frames = columns * unrollLength
    job.loss = options.loss(at: policyVersion)
    job.weights = network.prepare(parameters.pointer, into: prepared, forTraining: true)
    defer { job.batch = [] }  // releases the unrolls
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

  /// Combines the advantages of the heads by the options' term, if there is one. It is a few operations a frame, so the
  /// calling thread does it for all shards.
  private func combineAdvantages(_ policyVersion: UInt64) {
    guard let term = options.advantageTerm else { return }
    let moments = (0..<network.valueHeads).map { head in merged { $0.headMoments[head] } }
    let coefficients = term.coefficients(moments, policyVersion: policyVersion)
    for shard in shards { shard.combine(coefficients) }
  }

  /// The number of columns of a valid batch.
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

  /// Adds the gradients of all shards to those of shard 0, for one range of the parameters. Each parameter is summed in
  /// the order of the shards.
  private static func reduceGradients(of shards: [TrainShard], part: Int) {
    let parameterCount = shards[0].gradients.count
    let range = (parameterCount * part / shards.count)..<(parameterCount * (part + 1) / shards.count)
    let sum = shards[0].gradients.pointer
    for shard in shards.dropFirst() {
      let gradients = shard.gradients.pointer
      for index in range { sum[index] += gradients[index] }
    }
  }

  // MARK: Numbers that are not finite

  /// - Throws: `TrainStepError.stateNotFinite` naming the parameter, or the parameter whose moment it is.
  private func expectFinite(_ parameters: FloatBuffer, _ optimiser: Adam) throws {
    for (name, buffer) in [
      ("parameter", parameters), ("Adam's first moment of", optimiser.firstMoment),
      ("Adam's second moment of", optimiser.secondMoment),
    ] {
      for slice in network.parameters.slices
      where ElementRange.firstNotFinite(buffer.pointer + slice.offset, count: slice.count) != nil {
        throw TrainStepError.stateNotFinite("\(name) \(slice.name)")
      }
    }
  }

  /// See `TrainStatistics.faultyUnrolls`. It takes about as long as an update, which is rare enough.
  private func faultyUnrolls(
    _ batch: [TrainUnroll], _ parameters: FloatBuffer, _ policyVersion: UInt64
  ) throws -> [Int] {
    guard batch.count > 1 else { return [] }
    let faulty = try batch.indices.filter { index in
      _ = try differentiate([batch[index]], parameters: parameters, policyVersion: policyVersion)
      // As Adam computes the norm.
      return !Float(Elementwise.sumOfSquares(gradients.pointer, count: gradients.count).squareRoot()).isFinite
    }
    return faulty.count < batch.count ? faulty : []
  }

  /// The first tensor of the latest batch, in the order of computation, that is not finite. A tensor is checked in all
  /// shards before the next tensor, because a NaN of one shard is in all shards after the advantages were merged.
  private var nonFiniteTensor: String {
    let tensors = shards.map(\.tensors)
    for index in tensors[0].indices {
      for shard in tensors where !shard[index].isFinite { return shard[index].name }
    }
    let slice = network.parameters.slices.first {
      ElementRange.firstNotFinite(gradients.pointer + $0.offset, count: $0.count) != nil
    }
    // Every gradient can be finite while the sum of their squares is not.
    return slice.map { "gradient of \($0.name)" } ?? "gradient norm"
  }
}
