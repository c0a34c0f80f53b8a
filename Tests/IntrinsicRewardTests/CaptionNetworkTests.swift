import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

/// Columns that no text can change are computed once; the results must not differ from the full computation.
@Suite struct CaptionNetworkTests {
  private static let networks: [CaptionNetwork] = [.classifier, .ranking]

  /// Texts with these lengths and without zero bytes.
  private func texts(_ lengths: [Int], seed: UInt64 = 1) -> [[UInt8]] {
    var generator = RandomGenerator(seed: seed)
    return lengths.map { length in (0..<length).map { _ in UInt8(1 + generator.below(255)) } }
  }

  @Test func parameterCountsAreONIs() {
    #expect(CaptionNetwork.classifier.parameters.count == 471_554)
    #expect(CaptionNetwork.ranking.parameters.count == 306_945)
  }

  /// All lengths, so that each stage's last column is tested from both sides.
  @Test(arguments: networks.indices)
  func outputsAreThoseOfEveryColumnBitForBit(index: Int) {
    let problem = CaptionNetworkProblem(Self.networks[index], seed: 3)
    let workspace = CaptionWorkspace(problem.network, maximumTexts: 32)
    for first in stride(from: 0, through: 256, by: 32) {
      let texts = texts(Array(first..<min(first + 32, 257)))
      let trimmed = problem.outputs(texts, workspace: workspace)
      #expect(trimmed.allSatisfy { $0.isFinite })
      #expect(trimmed == problem.outputs(texts, complete: true, workspace: workspace))
    }
  }

  @Test func bytesBeyondTheLastOneReadAreCutOff() {
    let problem = CaptionNetworkProblem(.ranking, seed: 3)
    let long = texts([300])[0]
    #expect(problem.outputs([long]) == problem.outputs([Array(long[..<256])]))
  }

  @Test func aTextDoesNotDependOnItsNeighbours() {
    let problem = CaptionNetworkProblem(.classifier, seed: 4)
    let texts = texts([5, 40, 1, 0, 83, 256, 12])
    let workspace = CaptionWorkspace(problem.network, maximumTexts: texts.count)
    let together = problem.outputs(texts, workspace: workspace)
    #expect(together == texts.flatMap { problem.outputs([$0], workspace: workspace) })
  }

  @Test(arguments: networks.indices)
  func gradientsAreThoseOfEveryColumn(index: Int) {
    let problem = CaptionNetworkProblem(Self.networks[index], seed: 5)
    let texts = texts([0, 1, 2, 17, 40, 75, 83, 84, 249, 250, 251, 256])
    var generator = RandomGenerator(seed: 6)
    let slopes = generator.values(texts.count * problem.network.outputs)
    let trimmed = problem.gradients(texts, outputGradients: slopes)
    let complete = problem.gradients(texts, outputGradients: slopes, complete: true)
    for slice in problem.network.parameters.slices {
      let range = slice.offset..<slice.offset + slice.count
      #expect(GradientCheck.relativeError(trimmed[range], complete[range].map(Double.init)) < 1e-5, "\(slice.name)")
    }
  }

  @Test func batchesAddUp() {
    let problem = CaptionNetworkProblem(.ranking, seed: 7)
    let texts = texts([3, 30, 12, 60, 7])
    let slopes: [Float] = [1, -2, 0.5, 0.25, -1]
    let whole = problem.gradients(texts, outputGradients: slopes)
    let parts = problem.gradients(texts, outputGradients: slopes, batchSize: 2)
    #expect(GradientCheck.relativeError(parts, whole.map(Double.init)) < 1e-5)
  }

  @Test func theBatchCanBeUsedAgain() {
    let problem = CaptionNetworkProblem(.ranking, seed: 8)
    let workspace = CaptionWorkspace(problem.network, maximumTexts: 2)
    var batch = TextBatch(capacity: 2)
    batch.append(Array("a long text that is forgotten".utf8))
    batch.removeAll()
    batch.append(Array("short".utf8))
    #expect(batch.count == 1)
    let output = problem.network.forward(batch, weights: problem.weights, workspace: workspace).pointer[0]
    #expect(output == problem.outputs([Array("short".utf8)])[0])
  }

  /// Dropout drops the configured share of units and scales the others, in the forward and in the backward pass.
  @Test func dropoutIsPartOfTrainingAlone() {
    let problem = CaptionNetworkProblem(.classifier, seed: 9)
    var batch = TextBatch(capacity: 1)
    batch.append(Array("You kill the newt!".utf8))
    let workspace = CaptionWorkspace(problem.network, maximumTexts: 1)
    func outputs(_ generator: RandomGenerator?) -> [Float] {
      var generator = generator
      let y = problem.network.forward(batch, weights: problem.weights, workspace: workspace, generator: &generator)
      return [y.pointer[0], y.pointer[1]]
    }
    let whole = outputs(nil)
    #expect(outputs(nil) == whole)
    #expect(outputs(RandomGenerator(seed: 1)) == outputs(RandomGenerator(seed: 1)))
    let draws = (0..<400).map { outputs(RandomGenerator(seed: $0)) }
    #expect(Set(draws.map { $0[0] }).count > 390)
    for output in 0..<2 {
      let mean = draws.reduce(0) { $0 + $1[output] } / 400
      let spread = draws.map { abs($0[output] - whole[output]) }.max() ?? 0
      #expect(spread > 1e-3 && abs(mean - whole[output]) < spread / 3)
    }
  }

  /// Training never gives the padding byte a vector.
  @Test func paddingIsNotTrained() throws {
    let problem = CaptionNetworkProblem(.ranking, seed: 10)
    let slice = try #require(problem.network.parameters.slices.first { $0.name == "encoder.1.embedding" })
    #expect((0..<32).allSatisfy { problem.parameters.pointer[slice.offset + $0] == 0 })
    let gradients = problem.gradients(texts([10, 20]), outputGradients: [1, 1])
    #expect(gradients[slice.offset..<slice.offset + 32].allSatisfy { $0 == 0 })
    #expect(gradients[slice.offset..<slice.offset + slice.count].contains { $0 != 0 })
  }
}
