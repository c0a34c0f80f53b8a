import ActorCritic
import Environments
import NeuralNetwork
import Runtime
import Scheduling
import Tensor
import Trajectories
import Transport

/// One version of the policy's parameters, as they arrived, and the data that the network derives from them. Read-only and
/// shared by all rollout threads.
public final class PolicySnapshot: @unchecked Sendable {
  public let version: UInt64
  /// Valid as long as this object lives.
  public let weights: Weights
  private let prepared: FloatBuffer
  private let owner: AnyObject

  /// - Parameters:
  ///   - parameters: [P] of `network`.
  ///   - owner: keeps the memory behind `parameters` alive.
  public init(network: PolicyNetwork, version: UInt64, parameters: UnsafePointer<Float>, owner: AnyObject) {
    self.version = version
    self.owner = owner
    prepared = network.makePrepared()
    weights = network.prepare(parameters, into: prepared, forTraining: false)
  }

  /// Parameters of another kind of policy, which their users prepare themselves.
  init(version: UInt64, parameters: UnsafePointer<Float>, owner: AnyObject) {
    self.version = version
    self.owner = owner
    prepared = FloatBuffer(count: 0)
    weights = Weights(parameters: parameters, prepared: UnsafePointer(prepared.pointer))
  }
}

/// E environments that are stepped together, with one batched inference for each step, and everything that continues from
/// one unroll to the next: the current observations, the recurrent states, the running episodes.
///
/// Used by one thread at a time.
public final class RolloutGroup {
  public let index: Int
  public let shape: UnrollShape
  let network: PolicyNetwork
  private let batch: any EnvironmentBatch
  private let captions: CaptionInterner
  private let recorder: (any StepRecorder)?
  private let rowByteCount: Int
  private let workspace: PolicyWorkspace
  private var pool: TrajectoryPool
  private var trackers: [EpisodeTracker]
  private var episodes: EpisodeSource
  private var cuts: EpisodeCuts
  /// nil if the run steers nothing, or actions are not one choice.
  private let steering: Steering?
  /// [E] the seed of each environment's next episode.
  private var nextSeeds: [UInt64]
  private var generator: RandomGenerator
  private let captionBuffer = CaptionBuffer()
  private let state: FloatBuffer  // [E, S]
  private let scratchState: FloatBuffer  // [E, S]
  private let carry: UnsafeMutableRawPointer  // [E, rowByteCount]: the observations that the next unroll starts with
  private var rows: [UnsafeRawPointer]
  private var done: [Int] = []
  private var started = false

  /// A group whose environments this thread steps itself.
  /// - Parameters:
  ///   - seed: all random numbers of the group follow from it.
  ///   - plan: says which episodes to play, as long as it has some.
  ///   - steering: how a plan's steering counts rewards and values; nil if there is none.
  ///   - recorder: fills the optional tensors of `shape.schema`, if there are any.
  ///   - watch: told of each call of an environment; nil if nobody watches.
  ///   - make: makes an environment; called `environmentCount` times here, and again to replace an environment that failed.
  public convenience init(
    index: Int, shape: UnrollShape, network: PolicyNetwork, captions: CaptionInterner, seed: UInt64,
    plan: EpisodePlan? = nil, steering: Steering.Options? = nil, recorder: (any StepRecorder)? = nil,
    watch: EnvironmentWatch? = nil,
    make: @escaping () throws -> any Environment
  ) throws {
    let watch = watch ?? EnvironmentWatch(group: index, environments: shape.environmentCount)
    defer { watch.rest() }
    self.init(
      index: index, shape: shape, network: network, captions: captions, seed: seed, plan: plan,
      steering: steering, recorder: recorder,
      batch: try LocalEnvironments(count: shape.environmentCount, watch: watch, make: make))
  }

  /// A group that plays the environments of `batch`.
  init(
    index: Int, shape: UnrollShape, network: PolicyNetwork, captions: CaptionInterner, seed: UInt64,
    plan: EpisodePlan? = nil, steering: Steering.Options? = nil, recorder: (any StepRecorder)? = nil,
    batch: any EnvironmentBatch
  ) {
    self.batch = batch
    self.index = index
    self.shape = shape
    self.network = network
    self.captions = captions
    self.recorder = recorder
    rowByteCount = shape.rowByteCount
    pool = TrajectoryPool(shape: shape, group: index)
    workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: shape.environmentCount)
    trackers = Array(repeating: EpisodeTracker(), count: shape.environmentCount)
    episodes = EpisodeSource(seed: seed, environmentCount: shape.environmentCount, plan: plan)
    cuts = EpisodeCuts(environmentCount: shape.environmentCount)
    self.steering = steering.flatMap { Steering(network, rowByteCount: shape.rowByteCount, $0) }
    nextSeeds = Array(repeating: 0, count: shape.environmentCount)
    generator = RandomGenerator(seed: seed ^ 0xAC71_0175)
    state = FloatBuffer(count: max(1, shape.environmentCount * shape.stateSize))
    scratchState = FloatBuffer(count: max(1, shape.environmentCount * shape.stateSize))
    let carryBytes = max(8, shape.environmentCount * rowByteCount)
    carry = .allocate(byteCount: carryBytes, alignment: 64)
    carry.initializeMemory(as: UInt8.self, repeating: 0, count: carryBytes)
    rows = Array(repeating: UnsafeRawPointer(carry), count: shape.environmentCount)
    done.reserveCapacity(shape.environmentCount)
  }

  deinit { carry.deallocate() }

  /// The environments, if the group's thread steps them.
  private var local: LocalEnvironments? { batch as? LocalEnvironments }

  /// Value heads that can steer the choice of actions; 0 if nothing can.
  var steeringHeads: Int {
    guard steering != nil, let local, local.environments.allSatisfy({ $0 is any ForeseeingEnvironment }) else {
      return 0
    }
    return shape.valueHeads
  }

  /// Plays one unroll of T steps and returns it.
  /// - Parameter newest: the newest policy, asked before each step. Log-probabilities and values are those of the policy
  ///   that acts, and the recurrent state is kept, so an unroll may begin with one policy and end with a newer one.
  /// - Throws: `EnvironmentError` when an environment can neither be stepped nor replaced.
  public func collect(newest: () -> PolicySnapshot) throws -> TrajectoryBuffer {
    let began = MonotonicClock.seconds
    let buffer = try begin()
    for t in 0..<shape.unrollLength {
      let policy = newest()
      act(t, buffer, policy)
      try advance(t, buffer, policy)
    }
    finish(buffer)
    buffer.times.other = max(0, MonotonicClock.seconds - began - buffer.times.total)
    return buffer
  }

  /// Plays one unroll of T steps under `policy`.
  /// - Throws: `EnvironmentError` when an environment can neither be stepped nor replaced.
  public func collect(policy: PolicySnapshot) throws -> TrajectoryBuffer { try collect { policy } }

  /// A buffer that starts where the previous unroll ended.
  func begin() throws -> TrajectoryBuffer {
    try startIfNeeded()
    let buffer = pool.take()
    buffer.observations.copyMemory(from: carry, byteCount: shape.environmentCount * rowByteCount)
    buffer.initialState.update(from: state.pointer, count: shape.environmentCount * shape.stateSize)
    recorder?.begin(buffer.storage)
    return buffer
  }

  /// Computes the policy for step t and samples one action for each environment.
  func act(_ t: Int, _ buffer: TrajectoryBuffer, _ policy: PolicySnapshot) {
    let began = MonotonicClock.seconds
    if t == 0 { buffer.policyVersion = policy.version }
    buffer.lastPolicyVersion = policy.version
    infer(rowsAt: t, buffer, state: state, policy)
    let base = t * shape.environmentCount
    let width = network.actions.parameterCount
    for e in 0..<shape.environmentCount { follow(e, width: width, policy) }
    for e in 0..<shape.environmentCount {
      buffer.logProbabilities[base + e] = network.actions.sample(
        workspace.logits + e * width, &generator, into: buffer.action(base + e))
    }
    (buffer.values + base * shape.valueHeads)
      .update(from: workspace.values, count: shape.environmentCount * shape.valueHeads)
    buffer.times.inference += MonotonicClock.seconds - began
  }

  /// Does what the plan asks of the current episode of environment `e` with the policy's output: a temperature, steering,
  /// and the decision whether the step is its last one.
  private func follow(_ e: Int, width: Int, _ policy: PolicySnapshot) {
    let temperature = episodes.temperature(e)
    if temperature != 1 {
      for index in e * width..<(e + 1) * width { workspace.logits[index] /= temperature }
    }
    if let steering, !episodes.steering(e).isEmpty, let world = local?.environments[e] as? any ForeseeingEnvironment {
      steering.steer(
        workspace.logits + e * width, by: episodes.steering(e), in: world,
        state: state.pointer + e * shape.stateSize, weights: policy.weights)
    }
    cuts.look(
      e, value: workspace.values[e * shape.valueHeads], step: trackers[e].length, threshold: episodes.cutAbove(e))
  }

  /// Plays the actions of step t, and begins the next episode of environments whose episode ended.
  func advance(_ t: Int, _ buffer: TrajectoryBuffer, _ policy: PolicySnapshot) throws {
    try send(t, buffer)
    try complete(t, buffer, policy)
  }

  /// Passes the actions of step t on to the environments.
  func send(_ t: Int, _ buffer: TrajectoryBuffer) throws {
    let began = MonotonicClock.seconds
    try nextSeeds.withUnsafeBufferPointer { seeds in
      guard let seeds = seeds.baseAddress else { return }
      let actions = buffer.action(t * shape.environmentCount).assumingMemoryBound(to: Int32.self)
      try batch.send(actions, nextSeeds: seeds)
    }
    buffer.times.environment += MonotonicClock.seconds - began
  }

  /// Takes the results of step t, and begins the next episode of environments whose episode ended.
  /// - Parameter policy: the one that chose the actions of step t.
  func complete(_ t: Int, _ buffer: TrajectoryBuffer, _ policy: PolicySnapshot) throws {
    let began = MonotonicClock.seconds
    try batch.receive()
    try stepAll(t, buffer)
    batch.rest()
    bootstrapTruncated(t, buffer, policy)
    try resetDone(t, buffer)
    buffer.times.environment += MonotonicClock.seconds - began
  }

  /// Copies the last observations for the next unroll.
  func finish(_ buffer: TrajectoryBuffer) {
    carry.copyMemory(from: buffer.row(shape.unrollLength, 0), byteCount: shape.environmentCount * rowByteCount)
  }

  private func startIfNeeded() throws {
    guard !started else { return }
    for e in 0..<shape.environmentCount { nextSeeds[e] = episodes.draw(e) }
    try nextSeeds.withUnsafeBufferPointer { seeds in
      if let seeds = seeds.baseAddress { try batch.start(seeds: seeds) }
    }
    for e in 0..<shape.environmentCount { try reset(e, into: carry + e * rowByteCount) }
    batch.rest()
    started = true
  }

  private func infer(rowsAt t: Int, _ buffer: TrajectoryBuffer, state: FloatBuffer, _ policy: PolicySnapshot) {
    for e in 0..<shape.environmentCount { rows[e] = UnsafeRawPointer(buffer.row(t, e)) }
    rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      network.infer(
        rows: base, batch: shape.environmentCount, state: state.pointer, weights: policy.weights,
        workspace: workspace)
    }
  }

  private func stepAll(_ t: Int, _ buffer: TrajectoryBuffer) throws {
    done.removeAll(keepingCapacity: true)
    for e in 0..<shape.environmentCount {
      let i = t * shape.environmentCount + e
      var transition = try step(
        e, ActionChoice(network.actions.space, buffer.action(i)), into: buffer.row(t + 1, e), buffer)
      let isCut = cuts[e] && !transition.done
      if isCut { transition.truncated = true }
      let caption = captions.intern(captionBuffer.bytes)
      if !transition.isIdle { trackers[e].add(reward: transition.reward) }
      buffer.rewards[i] = transition.reward
      buffer.flags[i] = StepFlags(transition).rawValue
      buffer.captions[i] = caption
      buffer.captionCounts[i] = trackers[e].count(caption)
      if let recorder, let local {
        recorder.record(step: t, column: e, local.environments[e])
      }
      if transition.done {
        done.append(e)
        if transition.isIdle { continue }
        buffer.episodes.append(
          trackers[e].finish(succeeded: transition.succeeded, entry: episodes.entry(e)))
        if episodes.cutAbove(e) > 0 { buffer.facts.add(RestartChance.fact, isCut ? 1 : 0) }
        for fact in batch.facts(e).numbers { buffer.facts.add(fact.name, fact.value) }
      }
    }
  }

  /// One environment's step. If the environment fails, a new one replaces it, and the step counts as truncated with the
  /// last valid observation: the episode is lost, the worker continues.
  private func step(
    _ e: Int, _ action: ActionChoice, into row: UnsafeMutableRawPointer, _ buffer: TrajectoryBuffer
  ) throws -> Transition {
    captionBuffer.clear()
    do {
      return try batch.step(e, action: action, into: StepOutput(row: row, caption: captionBuffer))
    } catch {
      if !(error is LostEpisode) {
        buffer.failures.append("group \(index) environment \(e) action \(action): \(error)")
      }
      try batch.replace(e)
      captionBuffer.clear()
      row.copyMemory(from: rows[e], byteCount: rowByteCount)
      return Transition(reward: 0, truncated: true)
    }
  }

  /// Computes the behaviour policy's value of the terminal observation of each episode that a limit ended.
  private func bootstrapTruncated(_ t: Int, _ buffer: TrajectoryBuffer, _ policy: PolicySnapshot) {
    let base = t * shape.environmentCount
    guard done.contains(where: { StepFlags(rawValue: buffer.flags[base + $0]).contains(.truncated) }) else { return }
    scratchState.copy(from: state)
    infer(rowsAt: t + 1, buffer, state: scratchState, policy)
    let heads = shape.valueHeads
    for e in done where StepFlags(rawValue: buffer.flags[base + e]).contains(.truncated) {
      (buffer.truncationValues + (base + e) * heads).update(from: workspace.values + e * heads, count: heads)
    }
  }

  private func resetDone(_ t: Int, _ buffer: TrajectoryBuffer) throws {
    if done.isEmpty { return }
    for e in done {
      try reset(e, into: buffer.row(t + 1, e))
      (state.pointer + e * shape.stateSize).update(repeating: 0, count: shape.stateSize)
    }
    batch.rest()
  }

  /// Begins the next episode of environment `e`. No action led to its first caption, so the caption belongs to no step.
  private func reset(_ e: Int, into row: UnsafeMutableRawPointer) throws {
    captionBuffer.clear()
    let seed = nextSeeds[e]
    episodes.begin(e)
    nextSeeds[e] = episodes.draw(e)
    try batch.reset(e, seed: seed, into: StepOutput(row: row, caption: captionBuffer))
  }
}

extension StepFlags {
  /// The flags of a transition.
  init(_ transition: Transition) {
    self = []
    if transition.terminated { insert(.terminated) }
    if transition.truncated { insert(.truncated) }
    if transition.succeeded { insert(.succeeded) }
    if transition.isIdle { insert(.idle) }
  }
}

/// Fills an optional tensor of the unrolls that a group collects, such as a goal. Used by the group's thread.
public protocol StepRecorder: AnyObject {
  /// An unroll begins: resolves the tensor's pointer in `storage`.
  func begin(_ storage: UnrollStorage)

  /// Environment number `column` of the group has played `step`.
  func record(step: Int, column: Int, _ environment: any Environment)
}
