import Environments
import NeuralNetwork
import Tensor
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct TrainStepTests {
  @Test(arguments: [1, 2, 3])
  func sameBatchSameBits(shards: Int) throws {
    let fixture = try TrainFixture()
    let step = try fixture.step(shards: shards)
    let batch = [fixture.randomMemory(5, seed: 1), fixture.randomMemory(6, seed: 2)]
    let first = try fixture.gradient(step, batch)
    #expect(first.contains { $0 != 0 })
    _ = try fixture.gradient(step, [fixture.randomMemory(16, seed: 3)])  // leaves other data in every buffer
    let again = try fixture.gradient(step, batch)
    #expect(again == first)
    let elsewhere = try fixture.gradient(fixture.step(shards: shards), batch)
    #expect(elsewhere == first)
  }

  @Test(arguments: [ValueHeads.single, .separate])
  func gradientsDoNotDependOnTheShards(heads: ValueHeads) throws {
    let fixture = try TrainFixture(heads: heads)
    let batch = [fixture.randomMemory(5, seed: 1), fixture.randomMemory(1, seed: 2), fixture.randomMemory(3, seed: 3)]
    let whole = try fixture.gradient(fixture.step(), batch)
    for shards in [2, 3, 5, 12] {  // 12 shards of 9 columns: some are empty
      let sharded = try fixture.gradient(fixture.step(shards: shards), batch)
      #expect(relativeDistance(sharded, whole) < 1e-4)
    }
  }

  @Test func unrollsAreConcatenatedColumnByColumn() throws {
    let fixture = try TrainFixture(heads: .separate)
    let whole = fixture.randomMemory(7, seed: 4)
    let (left, right) = (fixture.memory(3), fixture.memory(4))
    left.copy(columns: 0..<3, of: whole)
    right.copy(columns: 3..<7, of: whole)
    let step = try fixture.step(shards: 2)
    let expected = try fixture.gradient(step, [whole])
    let inOrder = try fixture.gradient(step, [left, right])
    let swapped = try fixture.gradient(step, [right, left])
    #expect(inOrder == expected)
    #expect(swapped != expected)
  }

  @Test(arguments: [ValueHeads.single, .separate])
  func theStepIsItsParts(heads: ValueHeads) throws {
    var fixture = try TrainFixture(heads: heads)
    fixture.options.discount = 0.9
    fixture.options.intrinsicDiscount = 0.5
    let memory = fixture.randomMemory(6, seed: 5)
    let expected = GradientByParts(fixture, memory).gradient()
    let found = try fixture.gradient(fixture.step(), [memory])
    #expect(relativeDistance(found, expected) < 1e-5)
    fixture.options.intrinsicDiscount = 0.6
    let moved = try fixture.gradient(fixture.step(), [memory])
    // The second discount has an effect only with a second head.
    #expect((relativeDistance(moved, expected) > 1e-3) == (heads == .separate))
  }

  /// After its end, an episode of some vectorised environments takes a step that plays no action.
  @Test(arguments: [1, 3])
  func nothingIsLearnedFromAnIdleStep(shards: Int) throws {
    let fixture = try TrainFixture(heads: .separate)
    let step = try fixture.step(shards: shards)
    let memory = fixture.randomMemory(5, seed: 8)
    let frame = 3 * 5 + 2
    memory.flags[frame - 5] = StepFlags.terminated.rawValue
    memory.flags[frame] = StepFlags([.truncated, .idle]).rawValue
    let expected = try fixture.gradient(step, [memory])
    memory.actions[frame] = (memory.actions[frame] + 1) % Int32(TrainFixture.actionCount)
    memory.behaviour[frame] -= 1
    memory.extrinsic[frame] += 3
    for head in 0..<2 {
      memory.behaviourValues[2 * frame + head] += 1
      memory.truncationValues[2 * frame + head] -= 2
    }
    #expect(try fixture.gradient(step, [memory]) == expected)
    memory.flags[frame] = StepFlags.truncated.rawValue
    #expect(relativeDistance(try fixture.gradient(step, [memory]), expected) > 1e-3)
  }

  @Test func anUpdateMovesTheParametersAgainstTheGradient() throws {
    let fixture = try TrainFixture()
    let step = try fixture.step()
    let batch = [fixture.randomMemory(8, seed: 6)]
    let gradient = try fixture.gradient(step, batch)
    let before = fixture.elements(fixture.parameters)
    let statistics = try step.update(
      batch.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
    let after = fixture.elements(fixture.parameters)
    #expect(statistics.nonFiniteTensor == nil)
    #expect(step.skippedUpdates == 0)
    let descent = before.indices.reduce(0.0) { $0 + Double(after[$1] - before[$1]) * Double(gradient[$1]) }
    #expect(descent < 0)
    let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(statistics.gradientNorm - norm) < 1e-4 * norm)
  }
}

/// The gradient of one unroll, computed from the public parts without shards and gathering.
private struct GradientByParts {
  let fixture: TrainFixture
  let memory: UnrollMemory

  init(_ fixture: TrainFixture, _ memory: UnrollMemory) {
    self.fixture = fixture
    self.memory = memory
  }

  func gradient() -> [Float] {
    let (network, options) = (fixture.network, fixture.options)
    let (steps, columns, heads) = (memory.steps, memory.environments, network.valueHeads)
    let frames = memory.frames
    var resets = [UInt8](repeating: 0, count: frames + columns)
    for frame in 0..<frames { resets[frame + columns] = memory.flags[frame] & 3 == 0 ? 0 : 1 }
    let rows = (0..<frames + columns).map {
      UnsafeRawPointer(memory.observations + $0 * TrainFixture.rowFloats)
    }
    let workspace = network.makeWorkspace(maximumSteps: steps + 1, maximumBatch: columns)
    let prepared = network.makePrepared()
    let weights = network.prepare(fixture.parameters.pointer, into: prepared, forTraining: true)
    defer { withExtendedLifetime((fixture, prepared)) {} }
    network.forward(
      rows: rows, steps: steps + 1, batch: columns, initialState: memory.initialState, resets: resets,
      weights: weights, workspace: workspace)

    var logProbabilities = [Float](repeating: 0, count: frames * network.actions.parameterCount)
    ActionHead(.discrete(network.actions.parameterCount)).normalise(
      workspace.logits, rows: frames, into: &logProbabilities)
    let ratios = (0..<frames).map { frame in
      ImportanceRatio.clamped(
        logRatio: logProbabilities[frame * network.actions.parameterCount + Int(memory.actions[frame])]
          - memory.behaviour[frame])
    }
    var advantages = [Float](repeating: 0, count: frames)
    let targets = FloatBuffer(count: frames * heads)
    for head in 0..<heads {
      let rewards = (0..<frames).map { frame in
        heads == 1
          ? memory.extrinsic[frame] + memory.intrinsic[frame]
          : head == 0 ? memory.extrinsic[frame] : memory.intrinsic[frame]
      }
      VTrace(discount: head == 0 ? options.discount : options.intrinsicDiscount).estimate(
        VTrace.Inputs(
          steps: steps, columns: columns, valueStride: heads, rewards: rewards, flags: memory.flags, ratios: ratios,
          values: workspace.values + head, truncationValues: memory.truncationValues + head),
        targets: targets.pointer + head, advantages: &advantages)
    }
    let mean = advantages.reduce(0) { $0 + Double($1) } / Double(frames)
    let variance = advantages.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(frames)

    var logitGradients = [Float](repeating: 0, count: (frames + columns) * network.actions.parameterCount)
    var valueGradients = [Float](repeating: 0, count: (frames + columns) * heads)
    _ = PPOLoss(
      ratioClip: options.ratioClip, valueClip: options.valueClip, valueCoefficient: options.valueCoefficient,
      entropyCoefficient: options.entropyCoefficient
    ).evaluate(
      PPOLoss.Inputs(
        steps: steps, columns: columns, head: network.actions, valueHeads: heads,
        parameters: logProbabilities, actions: memory.actions, behaviourLogProbabilities: memory.behaviour,
        advantages: advantages, advantageMean: Float(mean), advantageScale: Float(1 / variance.squareRoot()),
        values: workspace.values, oldValues: memory.behaviourValues, targets: targets.pointer, meanOver: frames),
      outputGradients: &logitGradients, valueGradients: &valueGradients)
    let gradients = FloatBuffer(count: network.parameters.count)
    network.backward(
      rows: rows, steps: steps + 1, batch: columns, initialState: memory.initialState, resets: resets,
      logitGradients: logitGradients, valueGradients: valueGradients, weights: weights,
      gradients: gradients.pointer, workspace: workspace)
    return fixture.elements(gradients)
  }
}
