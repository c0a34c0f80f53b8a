import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import ActorCritic

/// Trigrams of texts, and networks that read them, against slow definitions in Float64.
@Suite struct TrigramTests {
  private func rows(_ text: [UInt8]) -> [Int] {
    let padded = text + [0]
    var rows = [UInt16](repeating: 0, count: max(1, text.count))
    let count = padded.withUnsafeBufferPointer { bytes -> Int in
      guard let base = bytes.baseAddress else { return 0 }
      return TrigramField.hash(base, capacity: text.count, into: &rows)
    }
    return rows.prefix(count).map(Int.init)
  }

  @Test func rowsFollowFromThreeBytes() {
    func row(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> Int {
      (Int(a) * 65_536 + Int(b) * 256 + Int(c)) * 2_654_435_761 % (1 << 32) / (1 << 20)
    }
    #expect(rows(Array("Newt".utf8)) == [row(110, 101, 119), row(101, 119, 116)])
    #expect(rows(Array("NEWT".utf8)) == rows(Array("newt".utf8)))
    #expect(rows([255, 254, 253]) == [row(255, 254, 253)] && rows(Array("+1 ".utf8)) == [row(43, 49, 32)])
    // A text ends at its first zero; two bytes have no trigram.
    #expect(rows(Array("abc".utf8) + [0] + Array("def".utf8)) == [row(97, 98, 99)])
    #expect(rows(Array("ab".utf8)).isEmpty && rows([]).isEmpty && rows([0, 1, 2, 3]).isEmpty)
    #expect((0..<256).allSatisfy { rows([UInt8($0), 200, 7]).allSatisfy { $0 < 4096 } })
  }

  private func problem(_ steps: Int, _ batch: Int) throws -> PolicyNetworkProblem {
    try PolicyNetworkProblem(.gru, steps: steps, batch: batch) {
      ($0.trigramSize, $0.choiceFloor) = (4, 0.05)
    }
  }

  @Test func networksWithTrigramsAndAFloorMatchFloat64() throws {
    let problem = try problem(6, 4)
    let workspace = problem.network.makeWorkspace(maximumSteps: 7, maximumBatch: 5)
    problem.forward(workspace)
    let expected = PolicyNetworkReference(problem: problem).forward(problem.parameters.array.doubles)
    #expect(GradientCheck.largestError(problem.logits(workspace), expected.logits) < 1e-5)
    #expect(GradientCheck.largestError(problem.values(workspace), expected.values) < 1e-5)
  }

  @Test func theirGradientsMatchCentralDifferences() throws {
    let problem = try problem(3, 2)
    let workspace = problem.network.makeWorkspace(maximumSteps: 3, maximumBatch: 2)
    let buffer = FloatBuffer(count: problem.network.parameters.count)
    problem.forward(workspace)
    problem.backward(workspace, into: buffer)
    let gradients = buffer.array
    let reference = PolicyNetworkReference(problem: problem)
    var generator = RandomGenerator(seed: 5)
    #expect(problem.network.parameters.slices.filter { $0.name.hasSuffix(".trigrams") }.count == 2)
    for slice in problem.network.parameters.slices {
      let all = slice.offset..<slice.offset + slice.count
      guard slice.name != "policy.floor" else {
        #expect(gradients[slice.offset] == 0)
        continue
      }
      let named = all.filter { gradients[$0] != 0 }
      #expect(!named.isEmpty, "\(slice.name)")
      let others = (0..<5).map { _ in slice.offset + generator.below(slice.count) }
      let indices = (named.count > 40 ? (0..<40).map { _ in named[generator.below(named.count)] } : named) + others
      let expected = GradientCheck.centralDifferences(
        at: problem.parameters.array.doubles, indices: indices, loss: reference.loss)
      #expect(GradientCheck.relativeError(indices.map { gradients[$0] }, expected) < 1e-4, "\(slice.name)")
    }
  }

  @Test func aNetworkWithoutTextHasNoTrigrams() throws {
    let layout = ObservationLayout([ObservationField("x", .float32, [2], .numeric(scale: [1]))])
    var description = NetworkDescription()
    description.trigramSize = 4
    #expect(throws: PolicyNetworkError.self) {
      try PolicyNetwork(description, observation: layout, actions: .discrete(2), valueHeads: 1)
    }
  }
}
