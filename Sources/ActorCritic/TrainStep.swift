import NeuralNetwork
import Ranks
import Runtime
import Statistics
import Tensor

/// One update of the policy from a batch of unrolls, data-parallel over shards.
///
/// Each shard gets a contiguous range of the batch's environment columns. It runs the network and V-trace on them. Then
/// the statistics of all advantages are merged, each shard computes the gradient of its share of the loss, and the
/// gradients are summed. All merges follow the order of the shards: the same batch, parameters and number of shards
/// give the same bits; another number of shards gives the same result up to rounding. Several learners of a run share an
/// update in the same way: each makes this update with its part of the batch, and `GradientExchange` merges the parts.
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
  /// How the latest update spent its time.
  public private(set) var latestTimes = TrainTimes()

  private let network: PolicyNetwork
  private let rowByteCount: Int
  private let threads: ThreadTeam
  private let shards: [TrainShard]
  private let prepared: FloatBuffer
  /// Nil if the network does not standardise observations.
  private let moments: ObservationMoments?
  /// Nil if the network does not scale its values.
  private let valueMoments: ValueMoments?
  private let exchange: GradientExchange
  private let job: Job
  /// The work of each shard in the two phases, and in the sum of the gradients. The closures are made once, because a
  /// closure for every update would allocate memory in every update.
  private let phases: (estimate: (Int) -> Void, differentiate: (Int) -> Void, reduce: (Int) -> Void)

  /// The current update, which every shard reads. It changes only between phases.
  private final class Job {
    var batch: [TrainUnroll] = []
    /// The columns of the batch, in the order of the current pass.
    var columns: [BatchColumn] = []
    /// The minibatch: a range of `columns`.
    var minibatch = 0..<0
    var policyVersion: UInt64 = 0
    var frames = 0
    var advantageMean: Float = 0
    var advantageScale: Float = 1
    var loss: PPOLoss
    var weights: Weights?
    /// Moments over the minibatch of all shards and ranks: of the advantages, and for each head of its advantages, of the
    /// targets and of target - value.
    var moments: [Moments] = []

    init(_ loss: PPOLoss) { self.loss = loss }
  }

  /// - Parameters:
  ///   - rowByteCount: bytes of an observation row.
  ///   - shards: number of threads that share an update, including the caller's.
  ///   - ranks: the learners that share an update. All make the same calls of `update`, each with its part of the batch.
  /// - Throws: `TrainStepError.valueHeads`, or `SystemError` if a thread cannot be started.
  public init(
    network: PolicyNetwork, rowByteCount: Int, options: ActorCriticOptions, unrollLength: Int, maximumColumns: Int,
    shards: Int, ranks: any Communicator = SingleLearner()
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
    valueMoments = ValueMoments(network)
    threads = try ThreadTeam(count: shards, name: "shard", busySeconds: Self.busySeconds(shards))
    let columnsPerShard = (maximumColumns + shards - 1) / shards
    self.shards = (0..<shards).map { _ in
      TrainShard(network: network, options: options, steps: unrollLength, maximumColumns: columnsPerShard)
    }
    job = Job(options.loss(at: 0))
    job.moments = Array(repeating: Moments(), count: 1 + 3 * network.valueHeads)
    exchange = GradientExchange(ranks, moments: job.moments.count, sums: moments?.count ?? 0)
    phases = Self.phases(of: self.shards, job, rowByteCount: rowByteCount)
  }

  /// How long a shard's thread looks for its next phase before it sleeps: the phases of a small network take less than a
  /// millisecond. With fewer processors than shards it would keep others from their work.
  private static func busySeconds(_ shards: Int) -> Double {
    shards <= UsableProcessors.count ? 100e-6 : 0
  }

  private static func phases(
    of shards: [TrainShard], _ job: Job, rowByteCount: Int
  ) -> (estimate: (Int) -> Void, differentiate: (Int) -> Void, reduce: (Int) -> Void) {
    let count = shards.count
    return (
      { shard in
        guard let weights = job.weights else { return }
        let (first, columns) = (job.minibatch.lowerBound, job.minibatch.count)
        let range = (first + columns * shard / count)..<(first + columns * (shard + 1) / count)
        shards[shard].estimate(
          job.batch, columns: job.columns[range], rowByteCount: rowByteCount, policyVersion: job.policyVersion,
          weights: weights)
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

  /// The sum over shards and ranks of the latest gradient, before clipping, with the layout of the network's parameters.
  var gradients: FloatBuffer { shards[0].gradients }

  /// Makes one update from `batch`. The moments that standardise observations include the batch itself.
  /// - Parameters:
  ///   - parameters: updated in place. If the gradient is not finite, only `skippedUpdates` changes.
  ///   - policyVersion: the version of `parameters` before the update, from which the lag is counted.
  /// - Throws: `TrainStepError` if the batch is refused; nothing has changed then. `TrainStepError.stateNotFinite` if the
  ///   parameters or the optimiser are not finite, before or after the update. `RankError` if another learner is lost.
  public func update(
    _ batch: [TrainUnroll], parameters: FloatBuffer, optimiser: Adam, policyVersion: UInt64
  ) throws -> TrainStatistics {
    latestTimes = TrainTimes()
    try moments?.update(parameters, from: batch, policyVersion: policyVersion, exchange)
    var statistics: TrainStatistics
    do {
      try take(batch)
      defer { job.batch = [] }  // releases the unrolls
      if policyVersion == 0, let valueMoments { try begin(valueMoments, parameters) }
      statistics = try passes(parameters, optimiser, policyVersion)
    } catch {
      revertMoments(parameters, policyVersion)
      throw error
    }
    statistics.frames = batch.reduce(0) { $0 + $1.unroll.frameCount }
    statistics.setPolicyLag(of: batch, behind: policyVersion)
    try exchange.mergeLags(&statistics)
    if statistics.gradientNorm.isFinite {
      if policyVersion > 0 { valueMoments?.update(parameters, policyVersion: policyVersion, targetMoments) }
      if let floor = network.floor {
        floor.set(floor.first * options.floorDecay.factor(at: policyVersion + 1), in: parameters)
      }
      if !optimiser.isFinite { try expectFinite(parameters, optimiser) }
      return statistics
    }
    skippedUpdates += 1
    statistics.nonFiniteTensor = nonFiniteTensor
    revertMoments(parameters, policyVersion)
    try expectFinite(parameters, optimiser)
    let faulty = try faultyUnrolls(batch, parameters, policyVersion)
    statistics.hasFaultyUnrolls = try exchange.hasFaulty(faulty.count, of: batch.count)
    if statistics.hasFaultyUnrolls { statistics.faultyUnrolls = faulty }
    statistics.allUnrollsAreFaulty = faulty.count == batch.count
    return statistics
  }

  /// The moments of a head's targets over the latest minibatch of all ranks.
  private func targetMoments(_ head: Int) -> Moments { job.moments[1 + network.valueHeads + head] }

  /// Gives values the scale of the first batch, before the first gradient: one that comes from errors of another scale would
  /// set the optimiser's second moments for long.
  private func begin(_ valueMoments: ValueMoments, _ parameters: FloatBuffer) throws {
    job.policyVersion = 0
    job.weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    threads.run(phases.estimate)
    for shard in shards { if let refusal = shard.refusal { throw refusal } }
    _ = try advantageMoments(0, isShared: exchange.isShared)
    valueMoments.begin(parameters, targetMoments)
  }

  /// Undoes what an update has done to moments before its gradient.
  private func revertMoments(_ parameters: FloatBuffer, _ policyVersion: UInt64) {
    moments?.revert(parameters)
    if policyVersion == 0 { valueMoments?.revert(parameters) }
  }

  /// Steps the optimiser once for each minibatch of each pass. A minibatch whose gradient is not finite ends the update;
  /// if it is the first one, nothing has changed.
  /// - Returns: means over the minibatches.
  private func passes(
    _ parameters: FloatBuffer, _ optimiser: Adam, _ policyVersion: UInt64
  ) throws -> TrainStatistics {
    let passes = options.passes
    let parts = passes.minibatches == 1 ? 1 : max(1, min(passes.minibatches, try exchange.fewest(job.columns.count)))
    var all: [TrainStatistics] = []
    for epoch in 0..<passes.epochs {
      if parts > 1 { shuffleColumns(policyVersion, epoch: epoch) }
      for part in 0..<parts {
        job.minibatch = (job.columns.count * part / parts)..<(job.columns.count * (part + 1) / parts)
        var statistics = try differentiateMinibatch(
          parameters, policyVersion: policyVersion, isShared: exchange.isShared)
        if let first = all.first, passes.divergenceLimit > 0,
          statistics.divergence > first.divergence + passes.divergenceLimit
        {
          return TrainStatistics(means: all)
        }
        let began = MonotonicClock.seconds
        let norm = optimiser.update(
          parameters, gradients: gradients, learningRate: options.learningRate(at: policyVersion),
          maximumGradientNorm: options.maximumGradientNorm, team: threads)
        latestTimes.optimiser += MonotonicClock.seconds - began
        if !norm.isFinite, !all.isEmpty { return TrainStatistics(means: all) }
        statistics.gradientNorm = Double(norm)
        // The usual case allocates nothing.
        if passes.epochs == 1, parts == 1 { return statistics }
        all.append(statistics)
        if !norm.isFinite || !optimiser.isFinite { return TrainStatistics(means: all) }
      }
    }
    return TrainStatistics(means: all)
  }

  /// Every pass has its own order, which follows from version and pass alone, so that a resumed run repeats it.
  private func shuffleColumns(_ policyVersion: UInt64, epoch: Int) {
    var generator = SplitMix64(seed: policyVersion &* 1_000_003 &+ UInt64(epoch))
    job.columns.shuffle(using: &generator)
  }

  /// Computes the gradient of this rank's batch alone into `gradients`.
  func differentiate(
    _ batch: [TrainUnroll], parameters: FloatBuffer, policyVersion: UInt64 = 0
  ) throws -> TrainStatistics {
    try take(batch)
    defer { job.batch = [] }
    return try differentiateMinibatch(parameters, policyVersion: policyVersion, isShared: false)
  }

  /// Computes the gradient of the current minibatch's loss into `gradients`.
  /// - Parameter isShared: whether the other ranks' minibatches are part of it.
  private func differentiateMinibatch(
    _ parameters: FloatBuffer, policyVersion: UInt64, isShared: Bool
  ) throws -> TrainStatistics {
    let began = MonotonicClock.seconds
    job.policyVersion = policyVersion
    job.loss = options.loss(at: policyVersion)
    job.weights = network.prepare(parameters.pointer, into: prepared, forTraining: true)
    threads.run(phases.estimate)
    for shard in shards { if let refusal = shard.refusal { throw refusal } }
    let advantages = try advantageMoments(policyVersion, isShared: isShared)
    job.frames = advantages.count
    let deviation = advantages.variance.squareRoot()
    job.advantageMean = Float(advantages.mean)
    job.advantageScale = Float(1 / max(deviation, Moments.minimumAdvantageDeviation))
    let estimated = MonotonicClock.seconds
    threads.run(phases.differentiate)
    if shards.count > 1 { threads.run(phases.reduce) }
    latestTimes.forward += estimated - began
    latestTimes.backward += MonotonicClock.seconds - estimated

    var sums = PPOLossSums()
    for shard in shards { sums += shard.sums }
    if isShared {
      try exchange.merge(&sums)
      try exchange.sum(gradients)
    }
    var statistics = TrainStatistics(sums)
    statistics.advantageMean = advantages.mean
    statistics.advantageDeviation = deviation
    statistics.explainedVariance = explainedVariance
    return statistics
  }

  /// KL(behaviour, target) of one unroll in nats per frame, where the target is the policy of `parameters`. If these are the
  /// parameters that acted it is exactly 0: actor and learner compute the same bits.
  /// - Throws: `TrainStepError` if the unroll is refused.
  public func divergence(of unroll: TrainUnroll, parameters: FloatBuffer) throws -> Double {
    try take([unroll])
    defer { job.batch = [] }
    job.weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    threads.run(phases.estimate)
    for shard in shards { if let refusal = shard.refusal { throw refusal } }
    return shards.reduce(0) { $0 + $1.divergence } / Double(job.columns.count * unrollLength)
  }

  /// Fills `job.moments`, and combines the advantages of the heads by the options' term if there is one. That is a few
  /// operations a frame, so the calling thread does it for all shards.
  /// - Returns: the moments of the advantages over the whole minibatch, whose count is its frames.
  private func advantageMoments(_ policyVersion: UInt64, isShared: Bool) throws -> Moments {
    let heads = network.valueHeads
    job.moments[0] = merged { $0.advantageMoments }
    for head in 0..<heads {
      if options.advantageTerm != nil { job.moments[1 + head] = merged { $0.headMoments[head] } }
      job.moments[1 + heads + head] = merged { $0.targetMoments[head] }
      job.moments[1 + 2 * heads + head] = merged { $0.errorMoments[head] }
    }
    if isShared { try exchange.merge(&job.moments) }
    guard let term = options.advantageTerm else { return job.moments[0] }
    let coefficients = term.coefficients(Array(job.moments[1...heads]), policyVersion: policyVersion)
    for shard in shards { shard.combine(coefficients) }
    var combined = [merged { $0.advantageMoments }]
    if isShared { try exchange.merge(&combined) }
    return combined[0]
  }

  /// Makes `batch` the current one, and all of it the minibatch.
  /// - Throws: `TrainStepError` if it cannot be trained from.
  private func take(_ batch: [TrainUnroll]) throws {
    job.columns.removeAll(keepingCapacity: true)
    for (index, item) in batch.enumerated() {
      guard item.unroll.unrollLength == unrollLength else {
        throw TrainStepError.unrollLength(unroll: index, found: item.unroll.unrollLength, expected: unrollLength)
      }
      for environment in 0..<item.unroll.environmentCount {
        job.columns.append(BatchColumn(unroll: index, environment: environment))
      }
    }
    let count = job.columns.count
    // A rank may have nothing left of its part when faulty unrolls are left out.
    guard count > 0 || exchange.isShared else { throw TrainStepError.emptyBatch }
    guard count <= maximumColumns else { throw TrainStepError.tooManyColumns(count, maximum: maximumColumns) }
    job.batch = batch
    job.minibatch = 0..<count
  }

  /// The moments of all shards, in their order.
  private func merged(_ part: (TrainShard) -> Moments) -> Moments {
    var sum = Moments()
    for shard in shards { sum += part(shard) }
    return sum
  }

  private var explainedVariance: Double? {
    var (target, error) = (0.0, 0.0)
    let heads = network.valueHeads
    for head in 0..<heads {
      target += job.moments[1 + heads + head].squaredDeviations
      error += job.moments[1 + 2 * heads + head].squaredDeviations
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

  /// The unrolls of this rank's batch that alone lead to a gradient that is not finite. It takes about as long as an
  /// update, which is rare enough.
  private func faultyUnrolls(
    _ batch: [TrainUnroll], _ parameters: FloatBuffer, _ policyVersion: UInt64
  ) throws -> [Int] {
    if batch.count == 1, !exchange.isShared { return [0] }
    return try batch.indices.filter { index in
      _ = try differentiate([batch[index]], parameters: parameters, policyVersion: policyVersion)
      // As Adam computes the norm.
      return !Float(Elementwise.sumOfSquares(gradients.pointer, count: gradients.count).squareRoot()).isFinite
    }
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
