import ActorCritic
import Environments
import Glibc
import Runtime
import Tensor
import Testing
import Trajectories
import Wire

@testable import Worker

/// Actions are chosen by what they lead to; log-probabilities are those of the policy that acts.
struct SteeringTests {
  /// A group of one CaptionGrid under a random policy.
  private final class Stage {
    static let seed: UInt64 = 50
    static let steps = 12
    let network: PolicyNetwork
    let parameters: FloatBuffer
    let policy: PolicySnapshot
    let shape: UnrollShape
    let group: RolloutGroup

    init(_ strengths: [Float]?, options: Steering.Options? = Steering.Options(), threshold: Float = 0) throws {
      let grid = try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid"))
      let layout = grid.specification.observation
      network = try PolicyNetwork(
        NetworkDescription(sizes: NetworkSizes(embedding: 4, hidden: 8, recurrent: 4), recurrent: .gru),
        observation: layout, actions: grid.specification.actions, valueHeads: 2)
      parameters = FloatBuffer(count: network.parameters.count)
      var generator = RandomGenerator(seed: 17)
      for index in 0..<parameters.count { parameters.pointer[index] = generator.uniform() - 0.5 }
      policy = PolicySnapshot(
        network: network, version: 5, parameters: UnsafePointer(parameters.pointer), owner: parameters)
      shape = UnrollShape(
        unrollLength: Self.steps, environmentCount: 1, rowByteCount: layout.rowByteCount,
        stateSize: network.stateSize, valueHeads: 2)
      let plan = EpisodePlan(environments: 1)
      plan.beginSession()
      if let strengths {
        plan.add(
          Plan(
            version: 1,
            entries: [
              PlanEntry(number: 1, key: 0, seed: Self.seed, repeats: 20, steering: strengths, abortAbove: threshold)
            ]))
      } else {
        plan.add(Plan(version: 1, entries: [PlanEntry(number: 1, key: 0, seed: Self.seed, repeats: 20)]))
      }
      group = try RolloutGroup(
        index: 0, shape: shape, network: network, captions: CaptionInterner(maximumCaptions: 100), seed: 3,
        plan: plan, steering: options, make: { try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid")) })
    }

    func bytes() throws -> [[UInt8]] {
      try group.collect(policy: policy).tensorFrames().map { $0.frame.copiedBytes() }
    }
  }

  @Test func aStrengthOfZeroChangesNothing() throws {
    let plain = try Stage(nil).bytes()
    #expect(try Stage([0, 0]).bytes() == plain)
    #expect(try Stage([4, -4]).bytes() != plain)
    // An entry that steers is refused before it comes to this; without options nothing is steered.
    #expect(try Stage([4, -4], options: nil).bytes() == plain)
  }

  /// The log-probability of each action, computed from worlds that play the episode again for each action.
  @Test func theLogProbabilityIsThatOfTheSteeredPolicy() throws {
    let strengths: [Float] = [3, -2]
    var options = Steering.Options()
    options.discount = 0.9
    let stage = try Stage(strengths, options: options)
    let buffer = try stage.group.collect(policy: stage.policy)
    let oracle = Oracle(stage)
    var played: [Int] = []
    for t in 0..<Stage.steps {
      let action = Int(buffer.action(t).assumingMemoryBound(to: Int32.self)[0])
      let gains = try (0..<stage.network.actions.parameterCount).map { next -> Float in
        guard let values = try oracle.values(after: played + [next]) else { return 0 }
        return strengths[0] * 0.9 * values[0] + strengths[1] * 0.9 * values[1]
      }
      let mean = gains.reduce(0, +) / Float(gains.count)
      let logits = zip(try oracle.logits(after: played), gains).map { $0 + $1 - mean }
      let normaliser = logf(logits.reduce(0) { $0 + expf($1) })
      #expect(abs(buffer.logProbabilities[t] - (logits[action] - normaliser)) < 1e-4, "step \(t)")
      played.append(action)
      #expect(buffer.flags[t] == 0, "the test is meant for an episode that continues")
    }
  }

  /// Infers along an episode, one step at a time from its beginning.
  private struct Oracle {
    let stage: Stage
    let workspace: PolicyWorkspace

    init(_ stage: Stage) {
      self.stage = stage
      workspace = stage.network.makeWorkspace(maximumSteps: 1, maximumBatch: 1)
    }

    func logits(after actions: [Int]) throws -> [Float] {
      _ = try play(actions)
      return (0..<stage.network.actions.parameterCount).map { workspace.logits[$0] }
    }

    /// nil if the world ends the episode, which is worth nothing here: a trap.
    func values(after actions: [Int]) throws -> [Float]? {
      try play(actions) ? nil : [workspace.values[0], workspace.values[1]]
    }

    /// - Returns: whether the last action ended the episode.
    private func play(_ actions: [Int]) throws -> Bool {
      let grid = try CaptionGrid(options: EnvironmentOptions(task: "CaptionGrid"))
      let row = UnsafeMutableRawPointer.allocate(byteCount: stage.shape.rowByteCount, alignment: 64)
      defer { row.deallocate() }
      let output = StepOutput(row: row, caption: CaptionBuffer())
      let state = FloatBuffer(count: stage.network.stateSize)
      grid.reset(seed: Stage.seed, into: output)
      infer(row, state)
      var hasEnded = false
      for action in actions {
        hasEnded = try grid.step(action, into: output).terminated
        infer(row, state)
      }
      return hasEnded
    }

    private func infer(_ row: UnsafeMutableRawPointer, _ state: FloatBuffer) {
      stage.network.infer(
        rows: [UnsafeRawPointer(row)], batch: 1, state: state.pointer, weights: stage.policy.weights,
        workspace: workspace)
    }
  }

  // MARK: Rewards

  /// Action 1 ends the episode, with what the test says; the others lead nowhere.
  private final class Fork: ForeseeingEnvironment {
    let reward: Float
    let terminates: Bool
    let specification = EnvironmentSpecification(
      name: "Fork", observation: ObservationLayout([ObservationField("one", .float32, [1], .numeric(scale: [1]))]),
      actionCount: 3)

    init(reward: Float, terminates: Bool) { (self.reward, self.terminates) = (reward, terminates) }

    func reset(seed: UInt64, into output: StepOutput) { output.field(at: 0, as: Float.self, count: 1)[0] = 1 }

    func foresee(_ action: Int, into output: StepOutput) throws -> Transition { try step(action, into: output) }

    func step(_ action: Int, into output: StepOutput) throws -> Transition {
      if action == 2, reward == 0 { throw EnvironmentError("the test says so") }
      output.field(at: 0, as: Float.self, count: 1)[0] = 1
      return action == 1
        ? Transition(reward: reward, terminated: terminates, truncated: !terminates) : Transition(reward: 0)
    }
  }

  /// What steering adds to logits of 0, where every observation is worth the same.
  private func gains(
    reward: Float, terminates: Bool = true, _ strengths: [Float], _ options: Steering.Options = .init()
  ) throws -> (gains: [Float], values: [Float]) {
    let world = Fork(reward: reward, terminates: terminates)
    let network = try PolicyNetwork(
      NetworkDescription(sizes: NetworkSizes(embedding: 4, hidden: 8, recurrent: 4), recurrent: .none),
      observation: world.specification.observation, actions: world.specification.actions, valueHeads: 2)
    let parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 3)
    for index in 0..<parameters.count { parameters.pointer[index] = generator.uniform() - 0.5 }
    let policy = PolicySnapshot(
      network: network, version: 1, parameters: UnsafePointer(parameters.pointer), owner: parameters)
    let bytes = world.specification.observation.rowByteCount
    let steering = try #require(Steering(network, rowByteCount: bytes, options))
    let (logits, state) = (FloatBuffer(count: 3), FloatBuffer(count: max(1, network.stateSize)))
    steering.steer(logits.pointer, by: strengths, in: world, state: state.pointer, weights: policy.weights)
    let row = UnsafeMutableRawPointer.allocate(byteCount: max(8, bytes), alignment: 64)
    defer { row.deallocate() }
    world.reset(seed: 0, into: StepOutput(row: row, caption: CaptionBuffer()))
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: 1)
    network.infer(
      rows: [UnsafeRawPointer(row)], batch: 1, state: state.pointer, weights: policy.weights, workspace: workspace)
    return ((0..<3).map { logits.pointer[$0] }, [workspace.values[0], workspace.values[1]])
  }

  private func centred(_ gains: [Float]) -> [Float] {
    let mean = gains.reduce(0, +) / Float(gains.count)
    return gains.map { $0 - mean }
  }

  @Test func rewardsCountAsTheLearnerCountsThem() throws {
    var options = Steering.Options()
    (options.rewardScale, options.rewardClip, options.rewardCoefficient, options.discount) = (3, 2, 0.5, 0.5)
    func expectEqual(_ a: [Float], _ b: [Float]) { for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-5) } }
    // 3 * 0.5 = 1.5, and half of it; the end has no value.
    let end = try gains(reward: 0.5, [2, 0], options)
    let v = end.values
    expectEqual(end.gains, centred([2 * 0.5 * v[0], 2 * 0.75, 2 * 0.5 * v[0]]))
    // 3 * 5 is clipped to 2. A limit leaves the value.
    let limit = try gains(reward: 5, terminates: false, [2, 1], options)
    let next = 2 * 0.5 * v[0] + 0.5 * v[1]
    expectEqual(limit.gains, centred([next, next + 2 * 1, next]))
    // The second head is not paid by the world.
    expectEqual(try gains(reward: 5, [0, 4], options).gains, centred([2 * v[1], 0, 2 * v[1]]))
  }

  @Test func aWorldThatFailsLeavesThePolicyAlone() throws {
    #expect(try gains(reward: 0, [2, 2]).gains == [0, 0, 0])
  }

  /// Looking ahead leaves the world where it is.
  @Test func aWorldThatWasAskedPlaysAsOneThatWasNot() throws {
    let options = EnvironmentOptions(task: "CaptionGrid")
    let (asked, plain) = (try CaptionGrid(options: options), try CaptionGrid(options: options))
    let bytes = asked.specification.observation.rowByteCount
    let rows = UnsafeMutableRawPointer.allocate(byteCount: 3 * bytes, alignment: 64)
    defer { rows.deallocate() }
    func output(_ index: Int) -> StepOutput { StepOutput(row: rows + index * bytes, caption: CaptionBuffer()) }
    func row(_ index: Int) -> [UInt8] { Array(UnsafeRawBufferPointer(start: rows + index * bytes, count: bytes)) }
    rows.initializeMemory(as: UInt8.self, repeating: 0, count: 3 * bytes)
    var generator = RandomGenerator(seed: 4)
    asked.reset(seed: 9, into: output(0))
    plain.reset(seed: 9, into: output(1))
    for _ in 0..<50 {
      let next = generator.below(7)
      for action in 0..<7 {
        let foreseen = output(2)
        let transition = try asked.foresee(action, into: foreseen)
        guard action == next else { continue }
        let played = output(1)
        #expect(try plain.step(action, into: played) == transition)
        #expect(row(2) == row(1))
        #expect(foreseen.caption.bytes.elementsEqual(played.caption.bytes))
      }
      let transition = try asked.step(next, into: output(0))
      #expect(row(0) == row(1))
      if transition.done { break }
    }
  }
}
