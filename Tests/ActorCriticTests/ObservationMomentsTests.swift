import Environments
import NeuralNetwork
import Tensor
import TestSupport
import Testing

@testable import ActorCritic

@Suite struct ObservationMomentsTests {
  private static let count = TrainFixture.rowFloats

  private func slice(_ name: String, of fixture: TrainFixture) throws -> Range<Int> {
    let slice = try #require(fixture.network.parameters.slices.first { $0.name == "encoder.numeric.\(name)" })
    #expect(slice.shape == [Self.count])
    return slice.offset..<slice.offset + slice.count
  }

  private func moments(of fixture: TrainFixture) throws -> (means: [Float], variances: [Float]) {
    let parameters = fixture.elements(fixture.parameters)
    return (
      Array(parameters[try slice("mean", of: fixture)]), Array(parameters[try slice("variance", of: fixture)])
    )
  }

  /// Random data whose elements have different means and deviations.
  private func batch(_ fixture: TrainFixture, seed: UInt64) -> [UnrollMemory] {
    let memories = [fixture.randomMemory(5, seed: seed), fixture.randomMemory(3, seed: seed + 100)]
    for memory in memories {
      for i in 0..<(memory.frames + memory.environments) * Self.count {
        let element = Float(i % Self.count)
        memory.observations[i] = memory.observations[i] * (0.1 + element) + 3 * element - 2
      }
    }
    return memories
  }

  private func update(
    _ fixture: TrainFixture, _ step: TrainStep, _ batch: [UnrollMemory], version: UInt64
  ) throws -> TrainStatistics {
    try step.update(
      batch.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: version)
  }

  /// Mean and mean square of each element over the steps of a batch, in Float64.
  private func oracle(_ batch: [UnrollMemory]) -> [(mean: Double, meanSquare: Double)] {
    (0..<Self.count).map { element in
      let values = batch.flatMap { memory in
        (0..<memory.frames).map { Double(memory.observations[$0 * Self.count + element]) }
      }
      let number = Double(values.count)
      return (values.reduce(0, +) / number, values.reduce(0) { $0 + $1 * $1 } / number)
    }
  }

  /// Means and mean squares are averaged with the batch's weight; the variance is the mean square minus the squared
  /// mean.
  @Test(arguments: [0, 1, 6, 998, 5000] as [UInt64])
  func theyAreAveragesOverTheBatches(version: UInt64) throws {
    let fixture = try TrainFixture(normalises: true)
    let step = try fixture.step()
    _ = try update(fixture, step, batch(fixture, seed: 1), version: 0)
    let earlier = try moments(of: fixture)
    let second = batch(fixture, seed: 2)
    _ = try update(fixture, step, second, version: version)
    let found = try moments(of: fixture)
    let rate = version < 1000 ? 1 / Double(version + 1) : 0.001
    for (i, new) in oracle(second).enumerated() {
      let (mean, variance) = (Double(earlier.means[i]), Double(earlier.variances[i]))
      let expected = (1 - rate) * mean + rate * new.mean
      let meanSquare = (1 - rate) * (variance + mean * mean) + rate * new.meanSquare
      #expect(abs(Double(found.means[i]) - expected) < 1e-5)
      #expect(abs(Double(found.variances[i]) - (meanSquare - expected * expected)) < 1e-4)
    }
  }

  @Test func theFirstThousandBatchesWeighTheSame() throws {
    let fixture = try TrainFixture(normalises: true)
    let step = try fixture.step()
    let batches = (0..<12).map { batch(fixture, seed: UInt64($0)) }
    for (version, batch) in batches.enumerated() { _ = try update(fixture, step, batch, version: UInt64(version)) }
    let found = try moments(of: fixture)
    for (i, whole) in oracle(batches.flatMap { $0 }).enumerated() {
      #expect(abs(Double(found.means[i]) - whole.mean) < 1e-5)
      #expect(abs(Double(found.variances[i]) - (whole.meanSquare - whole.mean * whole.mean)) < 1e-4)
    }
  }

  @Test func theBitsDoNotDependOnTheShards() throws {
    let results = try [1, 2, 5].map { shards in
      let fixture = try TrainFixture(normalises: true)
      let step = try fixture.step(shards: shards)
      for version in 0..<3 {
        _ = try update(fixture, step, batch(fixture, seed: UInt64(version)), version: UInt64(version))
      }
      let found = try moments(of: fixture)
      return (found.means + found.variances).map(\.bitPattern)
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func theyBeginWithoutEffectAndMoveBeforeTheGradient() throws {
    let fixture = try TrainFixture(normalises: true)
    let begin = try moments(of: fixture)
    #expect(begin.means == [0, 0, 0, 0] && begin.variances == [1, 1, 1, 1])
    let data = batch(fixture, seed: 1)
    let other = try TrainFixture(normalises: true)
    _ = try update(other, other.step(), data, version: 0)
    // The optimiser's gradient is the one computed with moments that include the batch.
    for name in ["mean", "variance"] {
      let range = try slice(name, of: fixture)
      for i in range { fixture.parameters.pointer[i] = other.parameters.pointer[i] }
    }
    let gradient = try fixture.gradient(fixture.step(), data)
    let momentum = other.elements(other.optimiser.firstMoment)
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(norm < fixture.options.maximumGradientNorm)
    #expect(relativeDistance(momentum, gradient.map { $0 * (1 - 0.9) }) < 1e-5)
  }

  /// Moments have no gradient, do not count in its norm, and are not changed by Adam, whatever its state.
  @Test func theOptimiserLeavesThemAlone() throws {
    let fixture = try TrainFixture(normalises: true)
    let step = try fixture.step()
    for version in 0..<3 {
      _ = try update(fixture, step, batch(fixture, seed: UInt64(version)), version: UInt64(version))
    }
    let ranges = try [slice("mean", of: fixture), slice("variance", of: fixture)]
    let gradient = try fixture.gradient(step, batch(fixture, seed: 7))
    let before = try moments(of: fixture)
    let norm = fixture.optimiser.update(
      fixture.parameters, gradients: step.gradients, learningRate: 0.1, maximumGradientNorm: 0.5)
    let after = try moments(of: fixture)
    #expect(after.means.map(\.bitPattern) == before.means.map(\.bitPattern))
    #expect(after.variances.map(\.bitPattern) == before.variances.map(\.bitPattern))
    for i in ranges.flatMap({ $0 }) {
      #expect(gradient[i] == 0)
      #expect(fixture.optimiser.firstMoment.pointer[i] == 0 && fixture.optimiser.secondMoment.pointer[i] == 0)
    }
    let others = gradient.indices.filter { index in !ranges.contains { $0.contains(index) } }
    let expected = others.reduce(0.0) { $0 + Double(gradient[$1]) * Double(gradient[$1]) }.squareRoot()
    #expect(expected > 0 && abs(Double(norm) - expected) < 1e-5 * expected)
  }

  @Test(arguments: [1, 3])
  func anUpdateThatIsNotMadeChangesNothing(shards: Int) throws {
    let fixture = try TrainFixture(normalises: true)
    let step = try fixture.step(shards: shards)
    _ = try update(fixture, step, batch(fixture, seed: 1), version: 0)
    let before = fixture.elements(fixture.parameters).map(\.bitPattern)
    let skipped = batch(fixture, seed: 2)
    skipped[1].extrinsic[3] = .nan
    #expect(try update(fixture, step, skipped, version: 1).nonFiniteTensor == "rewards")
    #expect(fixture.elements(fixture.parameters).map(\.bitPattern) == before)
    let unseen = batch(fixture, seed: 3)
    unseen[0].observations[5] = .nan
    #expect(try update(fixture, step, unseen, version: 1).nonFiniteTensor != nil)
    #expect(fixture.elements(fixture.parameters).map(\.bitPattern) == before)
    let refused = batch(fixture, seed: 4)
    refused[1].actions[2] = 99
    #expect(throws: TrainStepError.self) { try update(fixture, step, refused, version: 1) }
    #expect(throws: TrainStepError.emptyBatch) { try update(fixture, step, [], version: 1) }
    #expect(fixture.elements(fixture.parameters).map(\.bitPattern) == before)
    #expect(step.skippedUpdates == 2)
    // Training continues.
    #expect(try update(fixture, step, batch(fixture, seed: 5), version: 1).nonFiniteTensor == nil)
  }

  /// The network clips an infinite number; the number must not reach a mean.
  @Test func anElementThatIsNotFiniteKeepsItsMoments() throws {
    let fixture = try TrainFixture(normalises: true)
    let step = try fixture.step()
    _ = try update(fixture, step, batch(fixture, seed: 1), version: 0)
    let before = try moments(of: fixture)
    let data = batch(fixture, seed: 2)
    data[0].observations[2] = .infinity
    #expect(try update(fixture, step, data, version: 1).nonFiniteTensor == nil)
    let after = try moments(of: fixture)
    for i in 0..<Self.count {
      #expect((after.means[i] == before.means[i]) == (i == 2))
      #expect((after.variances[i] == before.variances[i]) == (i == 2))
    }
  }

  /// A network with moments computes the same as one without from numbers that the test has standardised.
  @Test func itIsTheSameAsStandardisingByHand() throws {
    let (plain, normalising) = (try TrainFixture(), try TrainFixture(normalises: true))
    for slice in plain.network.parameters.slices {
      let twin = try #require(normalising.network.parameters.slices.first { $0.name == slice.name })
      for i in 0..<slice.count {
        normalising.parameters.pointer[twin.offset + i] = plain.parameters.pointer[slice.offset + i]
      }
    }
    let means: [Float] = [0.5, -40, 1024, 0]
    let variances: [Float] = [4, 0.25, 1_048_576, 0]
    let (mean, variance) = try (slice("mean", of: normalising), slice("variance", of: normalising))
    for i in 0..<Self.count {
      normalising.parameters.pointer[mean.lowerBound + i] = means[i]
      normalising.parameters.pointer[variance.lowerBound + i] = variances[i]
    }
    let deviations: [Float] = [2, 0.5, 1024, 1e-4]
    let raw: [[Float]] = [[1.5, -39, 2560, 1e-4], [-9, -40.25, 0, -2e-4], [1e9, -60, 1e9, 3]]
    let byHand = raw.map { row in
      row.indices.map { min(max((row[$0] - means[$0]) * (1 / deviations[$0]), -5), 5) }
    }
    #expect(byHand[0][..<3] == [0.5, 2, 1.5] && byHand[2] == [5, -5, 5, 5])
    let (found, expected) = (logits(of: normalising, raw), logits(of: plain, byHand))
    #expect(found == expected)
    #expect(found != logits(of: plain, raw))
  }

  private func logits(of fixture: TrainFixture, _ observations: [[Float]]) -> [Float] {
    let network = fixture.network
    let memory = FloatBuffer(observations.flatMap { $0 })
    let rows = observations.indices.map { UnsafeRawPointer(memory.pointer + $0 * Self.count) }
    let state = FloatBuffer(count: rows.count * network.stateSize)
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: rows.count)
    let prepared = network.makePrepared()
    let weights = network.prepare(fixture.parameters.pointer, into: prepared, forTraining: false)
    network.infer(rows: rows, batch: rows.count, state: state.pointer, weights: weights, workspace: workspace)
    return withExtendedLifetime((memory, prepared)) {
      Array(UnsafeBufferPointer(start: workspace.logits, count: rows.count * network.actions.parameterCount))
    }
  }
}
