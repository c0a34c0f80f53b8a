import Runtime

@testable import TextPolicy

/// Random log-probabilities of a few texts, and what finite differences say about a loss of them.
struct LossProblem {
  var group: TokenGroup

  /// - Parameters:
  ///   - texts: number of texts, of 3 to 6 tokens each, the first of which nobody chose.
  ///   - spread: of the differences between current, old and reference log-probabilities; 0 makes them equal.
  init(texts: Int, spread: Double = 0.3, seed: UInt64 = 1) {
    var generator = RandomGenerator(seed: seed)
    var starts = [0]
    for _ in 0..<texts { starts.append(starts[starts.count - 1] + 3 + generator.below(4)) }
    let count = starts[texts]
    let current = (0..<count).map { _ in -Double(generator.uniform()) * 2 - 0.1 }
    func near() -> [Double] { current.map { $0 + spread * Double(2 * generator.uniform() - 1) } }
    group = TokenGroup(
      starts: starts, current: current, old: near(), reference: near(),
      isChosen: (0..<count).map { !starts.contains($0) })
  }

  /// The slopes of a loss.
  func slopes(_ loss: (TokenGroup, inout [Double]) -> Double) -> [Double] {
    var slopes = [Double](repeating: 0, count: group.current.count)
    _ = loss(group, &slopes)
    return slopes
  }

  /// Largest difference between a loss's slopes and central differences of `value` (default: of the loss itself).
  func largestError(
    _ loss: (TokenGroup, inout [Double]) -> Double, value: ((TokenGroup) -> Double)? = nil
  ) -> Double {
    let slopes = slopes(loss)
    func of(_ group: TokenGroup) -> Double {
      if let value { return value(group) }
      var ignored = [Double](repeating: 0, count: group.current.count)
      return loss(group, &ignored)
    }
    let step = 1e-6
    return group.current.indices.reduce(0) { largest, token in
      var (above, below) = (group, group)
      above.current[token] += step
      below.current[token] -= step
      return max(largest, abs((of(above) - of(below)) / (2 * step) - slopes[token]))
    }
  }
}
