import NeuralNetwork
import Runtime
import Tensor

/// A transformer with one version of its parameters. One thread at a time changes it.
public final class TextPolicy {
  public let transformer: Transformer
  /// [layout.count]; after a change, call `prepare`.
  public let parameters: FloatBuffer
  private let prepared: FloatBuffer
  /// For passes; valid as long as the policy lives.
  public private(set) var weights: Weights

  public init(_ transformer: Transformer) {
    self.transformer = transformer
    parameters = FloatBuffer(count: transformer.layout.count)
    prepared = FloatBuffer(count: transformer.layout.preparedCount)
    weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
  }

  /// A policy with the initial parameters of a seed.
  public convenience init(_ transformer: Transformer, seed: UInt64) {
    self.init(transformer)
    var generator = RandomGenerator(seed: seed)
    transformer.initialise(parameters.pointer, generator: &generator)
    prepare(forTraining: true)
  }

  /// Derives the packed matrices from `parameters`. Without `forTraining`, only forward passes may follow.
  public func prepare(forTraining: Bool) {
    weights = transformer.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// Takes the parameters of another policy of the same transformer.
  public func copy(from other: TextPolicy) {
    parameters.copy(from: other.parameters)
    prepare(forTraining: true)
  }

  /// A policy of its own with the same parameters.
  public func copied() -> TextPolicy {
    let policy = TextPolicy(transformer)
    policy.copy(from: self)
    return policy
  }
}
