import Glibc
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct NetworkInitialisationTests {
  /// A small network of the entry for the observations of its golden file.
  private func network(
    _ entry: NetworkEntry, _ recurrent: RecurrentKind, _ change: (inout NetworkDescription) -> Void
  ) throws -> PolicyNetwork {
    var description = NetworkDescription(
      entry, sizes: NetworkSizes(embedding: 8, text: 8, hidden: 32, recurrent: 24), recurrent: recurrent)
    change(&description)
    let layout = try GoldenFile(entry.name).layout
    return try PolicyNetwork(description, observation: layout, actions: .discrete(6), valueHeads: 1)
  }

  private func initialValues(_ network: PolicyNetwork) -> [Float] {
    let parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 4)
    network.initialise(parameters, generator: &generator)
    return parameters.array
  }

  @Test(arguments: NetworkEntry.all, [RecurrentKind.gru, .lstm, .minGRU])
  func uniformWeightsLieWithinTheirBound(entry: NetworkEntry, recurrent: RecurrentKind) throws {
    let network = try network(entry, recurrent) { $0.initialisation = .uniform }
    let values = initialValues(network)
    let orthogonal = try initialValues(self.network(entry, recurrent) { _ in })
    for slice in network.parameters.slices {
      let range = slice.offset..<slice.offset + slice.count
      guard !slice.name.hasSuffix(".embedding") && !slice.name.hasSuffix(".table") else {
        #expect(values[range] == orthogonal[range], "\(slice.name)")
        continue
      }
      let fanIn = try #require(slice.fanIn)
      let inputs = slice.name.hasPrefix("recurrent.") ? network.description.sizes.recurrent : slice.shape[0]
      if slice.name.hasSuffix("weight") { #expect(fanIn == inputs, "\(slice.name)") }
      let bound = 1 / Float(fanIn).squareRoot()
      #expect(values[range].allSatisfy { abs($0) <= bound }, "\(slice.name)")
      // The whole range is used: the mean square of a uniform number is a third of the squared bound.
      guard slice.count > 200 else { continue }
      let meanSquare = values[range].reduce(0) { $0 + $1 * $1 } / Float(slice.count)
      #expect(abs(meanSquare * 3 / (bound * bound) - 1) < 0.25, "\(slice.name)")
    }
  }

  @Test func weightsAndBiasOfALayerShareTheirFanIn() throws {
    let slices = try network(.oni, .gru) { _ in }.parameters.slices
    for bias in slices where bias.name.hasSuffix(".bias") {
      #expect(slices.first { $0.name == bias.name.dropLast(4) + "weight" }?.fanIn == bias.fanIn)
    }
  }

  @Test func thePolicyGainScalesThePolicyHeadAlone() throws {
    let usual = try network(.compact, .gru) { _ in }
    let values = initialValues(usual)
    let strong = try initialValues(network(.compact, .gru) { $0.policyGain = 1 })
    let slice = try #require(usual.parameters.slices.first { $0.name == "policy.weight" })
    let policy = slice.offset..<slice.offset + slice.count
    #expect(values[policy].elementsEqual(strong[policy].map { $0 * 0.01 }))
    #expect(values[..<policy.lowerBound] == strong[..<policy.lowerBound])
    #expect(values[policy.upperBound...] == strong[policy.upperBound...])
    // With gain 1 its columns are orthonormal.
    let (units, actions) = (slice.shape[0], slice.shape[1])
    for (a, b) in (0..<actions).flatMap({ a in (0..<actions).map { (a, $0) } }) {
      let product = (0..<units).reduce(Float(0)) {
        $0 + strong[slice.offset + $1 * actions + a] * strong[slice.offset + $1 * actions + b]
      }
      #expect(abs(product - (a == b ? 1 : 0)) < 1e-5)
    }
  }

  /// How far the initial policy's entropy lies below that of a uniform one, in nats.
  private func missingEntropy(gain: Float) throws -> Double {
    let problem = try PolicyNetworkProblem(.gru, steps: 4, batch: 4) { $0.policyGain = gain }
    var generator = RandomGenerator(seed: 9)
    problem.network.initialise(problem.parameters, generator: &generator)
    let workspace = problem.network.makeWorkspace(maximumSteps: 4, maximumBatch: 4)
    problem.forward(workspace)
    let (rows, actions) = (16, problem.network.actions.parameterCount)
    var logarithms = [Float](repeating: 0, count: rows * actions)
    ActionHead(.discrete(actions)).normalise(workspace.logits, rows: rows, into: &logarithms)
    let entropy = logarithms.reduce(0.0) { $0 - exp(Double($1)) * Double($1) } / Double(rows)
    return log(Double(actions)) - entropy
  }

  @Test func thePolicyGainIsSeenInTheInitialEntropy() throws {
    let (small, one, ten) = try (missingEntropy(gain: 0.01), missingEntropy(gain: 1), missingEntropy(gain: 10))
    #expect(abs(small) < 1e-4, "\(small)")
    #expect(one > 1e-3, "\(one)")
    #expect(ten > 10 * one, "\(ten)")
    #expect(abs(try missingEntropy(gain: 0)) < 1e-6)
  }
}
