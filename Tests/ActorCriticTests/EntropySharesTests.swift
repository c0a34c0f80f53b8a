import Foundation
import Runtime
import Testing
import Trajectories

@testable import ActorCritic

/// Shares of the entropies of a structured action's factors, against their definition in Float64.
@Suite struct EntropySharesTests {
  private static let space = ActionSpace.factored([3, 4, 2])
  private static let structure = ActionStructure(uses: [[], [1], [1, 2]], sets: [nil, "pack", nil])

  /// H with each factor's entropy times its share.
  private func definition(_ outputs: [Double], _ shares: [Double]) -> Double {
    var (rows, start): ([[Double]], Int) = ([], 0)
    for count in Self.space.counts {
      let weights = outputs[start..<start + count].map { exp($0) }
      rows.append(weights.map { $0 / weights.reduce(0, +) })
      start += count
    }
    let entropies = rows.map { row in -row.reduce(0) { $0 + $1 * log($1) } }
    return Self.structure.uses.enumerated().reduce(shares[0] * entropies[0]) { sum, item in
      item.element.reduce(sum) { $0 + rows[0][item.offset] * shares[$1] * entropies[$1] }
    }
  }

  private func gradient(_ head: ActionHead, _ outputs: [Float]) -> [Float] {
    var (parameters, gradient) = (outputs, outputs)
    head.normalise(outputs, rows: 1, into: &parameters)
    head.writeGradient(
      parameters, action: [UInt32(2), 3, 1], logProbabilityGradient: 0, entropyGradient: -0.3, into: &gradient)
    return gradient
  }

  @Test func gradientsAgreeWithCentralDifferences() {
    let head = ActionHead(Self.space, Self.structure)
    let shared = head.sharing(EntropyShares(choice: 2, thing: 0.25, other: 0.5))
    var generator = RandomGenerator(seed: 8)
    for _ in 0..<10 {
      let outputs = (0..<9).map { _ in 3 * generator.uniform() - 1.5 }
      func loss(_ point: [Double]) -> Double { -0.3 * definition(point, [2, 0.25, 0.5]) }
      #expect(differenceFromNumerical(loss, at: outputs.map(Double.init), gradient(shared, outputs)) < 1e-4)
      // What is reported stays the entropy of the distribution.
      var parameters = outputs
      head.normalise(outputs, rows: 1, into: &parameters)
      #expect(shared.entropy(parameters) == head.entropy(parameters))
    }
  }

  /// Whole shares change no bit, and spaces without a structure have no kinds of factors.
  @Test func wholeSharesChangeNothing() {
    let head = ActionHead(Self.space, Self.structure)
    #expect(head.sharing(EntropyShares()) == head && EntropyShares().areWhole)
    let plain = ActionHead(Self.space)
    #expect(plain.sharing(EntropyShares(choice: 5)) == plain && !EntropyShares(other: 0.5).areWhole)
  }

  /// A share of zero for everything leaves no bonus.
  @Test func noShareIsNoBonus() {
    let head = ActionHead(Self.space, Self.structure).sharing(EntropyShares(choice: 0, thing: 0, other: 0))
    #expect(gradient(head, [1, 2, 3, 0, 1, 0, 1, 0, 1]).allSatisfy { $0 == 0 })
  }
}
