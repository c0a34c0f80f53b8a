import Glibc
import Runtime

/// A linear layer that learns by stochastic gradients: the smallest model that a search can be distilled into.
struct LinearModel: Sendable {
  private(set) var weights: [Float]
  let inputs: Int
  let outputs: Int

  init(inputs: Int, outputs: Int) {
    (self.inputs, self.outputs) = (inputs, outputs)
    weights = Array(repeating: 0, count: inputs * outputs)
  }

  func values(_ features: [Float]) -> [Float] {
    (0..<outputs).map { output in
      var sum: Float = 0
      for input in 0..<inputs where features[input] != 0 { sum += weights[output * inputs + input] * features[input] }
      return sum
    }
  }

  /// A step of size `rate` against d loss / d values.
  mutating func descend(_ features: [Float], slopes: [Float], rate: Float) {
    for output in 0..<outputs {
      for input in 0..<inputs where features[input] != 0 {
        weights[output * inputs + input] -= rate * slopes[output] * features[input]
      }
    }
  }
}

/// A policy: the softmax of a linear model, trained by cross-entropy on the actions of won episodes.
public struct LinearPolicy: Sendable {
  private var model: LinearModel

  public init(features: Int, actions: Int) { model = LinearModel(inputs: features, outputs: actions) }

  public func probabilities(_ features: [Float]) -> [Float] {
    let values = model.values(features)
    let largest = values.max() ?? 0
    let powers = values.map { expf($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  public func draw(_ features: [Float], _ generator: inout RandomGenerator) -> Int {
    var rest = generator.uniform()
    let probabilities = probabilities(features)
    for (action, probability) in probabilities.enumerated() {
      rest -= probability
      if rest < 0 { return action }
    }
    return probabilities.count - 1
  }

  /// - Parameter examples: features and the action that was taken.
  public mutating func learn(
    _ examples: [(features: [Float], action: Int)], epochs: Int, rate: Float, generator: inout RandomGenerator
  ) {
    guard !examples.isEmpty else { return }
    for _ in 0..<epochs * examples.count {
      let example = examples[generator.below(examples.count)]
      var slopes = probabilities(example.features)
      slopes[example.action] -= 1
      model.descend(example.features, slopes: slopes, rate: rate)
    }
  }
}

/// A value, 0 ... 1: the sigmoid of a linear model, trained by squared error on the values of a tree's nodes.
public struct LinearValue: Sendable {
  private var model: LinearModel

  public init(features: Int) { model = LinearModel(inputs: features, outputs: 1) }

  public func value(_ features: [Float]) -> Float { 1 / (1 + expf(-model.values(features)[0])) }

  public mutating func learn(
    _ examples: [(features: [Float], value: Float)], epochs: Int, rate: Float, generator: inout RandomGenerator
  ) {
    guard !examples.isEmpty else { return }
    for _ in 0..<epochs * examples.count {
      let example = examples[generator.below(examples.count)]
      let value = value(example.features)
      model.descend(example.features, slopes: [2 * (value - example.value) * value * (1 - value)], rate: rate)
    }
  }
}
