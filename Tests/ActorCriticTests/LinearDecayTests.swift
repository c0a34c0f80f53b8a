import NeuralNetwork
import Tensor
import Testing

@testable import ActorCritic

@Suite struct LinearDecayTests {
  @Test func itFallsInAStraightLineAndStays() {
    let decay = LinearDecay(end: 0.2, updates: 100)
    #expect(decay.factor(at: 0) == 1)
    #expect(abs(decay.factor(at: 25) - 0.8) < 1e-6 && abs(decay.factor(at: 50) - 0.6) < 1e-6)
    #expect(abs(decay.factor(at: 100) - 0.2) < 1e-6 && decay.factor(at: .max) == decay.factor(at: 100))
  }

  @Test func withoutUpdatesNothingDecays() {
    #expect(LinearDecay(end: 0, updates: 0).factor(at: 1_000_000) == 1)
  }

  /// A decayed run has the same options at a version as a run that starts with the decayed values.
  @Test func anUpdateUsesTheValuesOfItsVersion() throws {
    var decayed = try TrainFixture(heads: .single)
    decayed.options.learningRateDecay = LinearDecay(end: 0, updates: 40)
    decayed.options.entropyDecay = LinearDecay(end: 0.5, updates: 40)
    let memory = decayed.randomMemory(6, seed: 1)
    var constant = decayed
    constant.options.learningRateDecay = LinearDecay()
    constant.options.entropyDecay = LinearDecay()
    constant.options.learningRate *= 0.75
    constant.options.entropyCoefficient *= 0.875
    #expect(try updated(decayed, memory, version: 10) == updated(constant, memory, version: 10))
    #expect(try updated(decayed, memory, version: 0) != updated(constant, memory, version: 0))
    // The learning rate is 0: no parameter changes.
    #expect(try updated(decayed, memory, version: 40) == decayed.elements(decayed.parameters))
  }

  /// The parameters after one update of a copy of the fixture's parameters.
  private func updated(_ fixture: TrainFixture, _ memory: UnrollMemory, version: UInt64) throws -> [Float] {
    let parameters = FloatBuffer(count: fixture.parameters.count)
    parameters.copy(from: fixture.parameters)
    let optimiser = Adam(parameterCount: parameters.count, options: fixture.options.adam)
    _ = try fixture.step().update(
      [memory.trainUnroll], parameters: parameters, optimiser: optimiser, policyVersion: version)
    return fixture.elements(parameters)
  }
}
