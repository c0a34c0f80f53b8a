import Foundation
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import ActorCritic

/// The floor under the probabilities of the first factor, against its definition in Float64.
@Suite struct ChoiceFloorTests {
  private static let illegal = -Float.infinity

  /// A floor with its parameter, for 5 choices of the first factor and 2 of another.
  private func floor(_ value: Float, _ body: (ChoiceFloor, Weights) throws -> Void) throws {
    var layout = ParameterLayout()
    let floor = try #require(try ChoiceFloor(0.1, .factored([5, 2]), in: &layout))
    let parameters = FloatBuffer([value])
    try body(floor, Weights(parameters: parameters.pointer, prepared: parameters.pointer))
    withExtendedLifetime(parameters) {}
  }

  /// log p' of the first five, by definition; illegal choices stay so.
  private func definition(_ logits: [Double], _ floor: Double) -> [Double] {
    let weights = logits[0..<5].map { exp($0) }
    let legal = Double(weights.filter { $0 > 0 }.count)
    let least = min(floor, 1 / legal)
    let sum = weights.reduce(0, +)
    return weights.map { $0 > 0 ? log((1 - legal * least) * $0 / sum + least) : -.infinity } + logits[5...]
  }

  @Test(arguments: [Float(0.001), 0.1, 0.19, 0.3, 1])
  func everyLegalChoiceHasTheFloor(value: Float) throws {
    try floor(value) { floor, weights in
      var generator = RandomGenerator(seed: 1)
      for _ in 0..<50 {
        var rows = (0..<21).map { _ in 40 * generator.uniform() - 20 }
        for row in 0..<3 { rows[row * 7 + 1 + row] = Self.illegal }
        let before = rows
        floor.apply(to: &rows, rows: 3, stride: 7, weights: weights)
        for row in 0..<3 {
          let (x, result) = (before[row * 7..<row * 7 + 7], Array(rows[row * 7..<row * 7 + 7]))
          for (one, other) in zip(result, definition(x.map(Double.init), Double(value))) {
            #expect(one == Self.illegal ? other == -.infinity : abs(Double(one) - other) < 2e-5)
          }
          let chances = result[..<5].map { exp(Double($0)) }
          #expect(abs(chances.reduce(0, +) - 1) < 1e-5 && chances[1 + row] == 0)
          #expect(chances.enumerated().allSatisfy { $0 == 1 + row || $1 > 0.9999 * Double(min(value, 0.25)) })
          #expect(result[5...] == x[(row * 7 + 5)...])
        }
      }
    }
  }

  /// What is no share of anything, such as a number from elsewhere, leaves logits as they are or makes all choices equal.
  @Test func floorsThatAreNoSharesAreHarmless() throws {
    let logits: [Float] = [1, 2, 3, 4, 5, 6, 7]
    for value in [Float(0), -1, .nan, -.infinity] {
      try floor(value) { floor, weights in
        var (row, slopes) = (logits, logits)
        floor.apply(to: &row, rows: 1, stride: 7, weights: weights)
        floor.backward(&slopes, rows: 1, stride: 7, logits: row, parameterCount: 7, weights: weights)
        #expect(row.map(\.bitPattern) == logits.map(\.bitPattern) && slopes == logits)
      }
    }
    try floor(.infinity) { floor, weights in
      var (row, slopes) = (logits, logits)
      floor.apply(to: &row, rows: 1, stride: 7, weights: weights)
      floor.backward(&slopes, rows: 1, stride: 7, logits: row, parameterCount: 7, weights: weights)
      #expect(row[..<5].allSatisfy { abs($0 - logf(0.2)) < 1e-5 } && slopes == [0, 0, 0, 0, 0, 6, 7])
    }
  }

  @Test func gradientsAgreeWithCentralDifferences() throws {
    try floor(0.07) { floor, weights in
      var generator = RandomGenerator(seed: 2)
      for _ in 0..<20 {
        let outputs = (0..<7).map { $0 == 3 ? Self.illegal : 4 * generator.uniform() - 2 }
        var direction = generator.values(7)
        direction[3] = 0
        // A row of slopes may be wider than a row of logits.
        var (logits, slopes) = (outputs, direction + [9])
        floor.apply(to: &logits, rows: 1, stride: 7, weights: weights)
        floor.backward(&slopes, rows: 1, stride: 8, logits: logits, parameterCount: 7, weights: weights)
        let legal = [0, 1, 2, 4, 5, 6]
        func loss(_ point: [Double]) -> Double {
          var full = [Double](repeating: -.infinity, count: 7)
          for (index, value) in zip(legal, point) { full[index] = value }
          let result = definition(full, 0.07)
          return legal.reduce(0) { $0 + Double(direction[$1]) * result[$1] }
        }
        #expect(differenceFromNumerical(loss, at: legal.map { Double(outputs[$0]) }, legal.map { slopes[$0] }) < 1e-4)
        #expect(slopes[3] == 0 && slopes[7] == 9)
      }
    }
  }

  /// With a floor of 0 a network computes the bits of one that has none.
  @Test func aFloorOfZeroChangesNoBit() throws {
    let problem = try PolicyNetworkProblem(.gru, steps: 4, batch: 3) { $0.choiceFloor = 0.05 }
    let slice = try #require(problem.network.parameters.slices.last)
    #expect(slice.name == "policy.floor" && slice.count == 1)
    problem.parameters.pointer[slice.offset] = 0
    let plain = try PolicyNetwork(
      NetworkDescription(.mlp, sizes: problem.description.sizes), observation: PolicyNetworkProblem.layout,
      actions: .discrete(6), valueHeads: 2)
    #expect(plain.parameters.count == slice.offset)
    let results = [problem.network, plain].map { network -> [UInt32] in
      let prepared = network.makePrepared()
      let weights = network.prepare(problem.parameters.pointer, into: prepared, forTraining: true)
      let workspace = network.makeWorkspace(maximumSteps: 4, maximumBatch: 3)
      let gradients = FloatBuffer(count: network.parameters.count)
      network.forward(
        rows: problem.rows, steps: 4, batch: 3, initialState: problem.initialState.pointer, resets: problem.resets,
        weights: weights, workspace: workspace)
      network.backward(
        rows: problem.rows, steps: 4, batch: 3, initialState: problem.initialState.pointer, resets: problem.resets,
        logitGradients: problem.logitDirection, valueGradients: problem.valueDirection, weights: weights,
        gradients: gradients.pointer, workspace: workspace)
      withExtendedLifetime(prepared) {}
      return (problem.logits(workspace) + problem.values(workspace) + gradients.array.prefix(slice.offset)).map(
        \.bitPattern)
    }
    #expect(results[0] == results[1])
  }

  /// A trainer lowers the floor with each update that it applies, and only then.
  @Test func theFloorFallsToZero() throws {
    var fixture = try TrainFixture(floor: 0.1)
    fixture.options.floorDecay = LinearDecay(end: 0, updates: 4)
    let slice = try #require(fixture.network.parameters.slices.first { $0.name == "policy.floor" })
    let step = try fixture.step()
    #expect(fixture.parameters.pointer[slice.offset] == 0.1)
    for version in 0..<6 {
      let memory = fixture.randomMemory(3, seed: UInt64(version))
      func update() throws {
        _ = try step.update(
          [memory.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser,
          policyVersion: UInt64(version))
      }
      if version == 2 {
        let reward = memory.extrinsic[0]
        memory.extrinsic[0] = .nan
        try update()
        memory.extrinsic[0] = reward
        #expect(step.skippedUpdates == 1 && abs(fixture.parameters.pointer[slice.offset] - 0.05) < 1e-7)
      }
      try update()
      let expected = 0.1 * max(0, 1 - Float(version + 1) / 4)
      #expect(abs(fixture.parameters.pointer[slice.offset] - expected) < 1e-7, "\(version)")
    }
    #expect(fixture.parameters.pointer[slice.offset] == 0)
  }

  @Test func floorsThatDoNotFitAreNamed() {
    var layout = ParameterLayout()
    for (value, space) in [(Float(0.5), ActionSpace.discrete(2)), (-0.1, .discrete(2)), (0.1, .continuous([0...1]))] {
      #expect(throws: PolicyNetworkError.self) { try ChoiceFloor(value, space, in: &layout) }
    }
    #expect(layout.count == 0)
  }
}
