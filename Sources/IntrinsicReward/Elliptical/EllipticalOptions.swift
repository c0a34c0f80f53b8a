/// The options of the elliptical bonus.
public struct EllipticalOptions: Sendable {
  /// Where the features of an observation come from.
  public enum Features: String, Sendable, Hashable, Codable, CaseIterable {
    /// An encoder that an inverse model trains.
    case inverse
    /// The same encoder with its first weights.
    case random
    /// What the policy's last layer reads, projected at random.
    case policy

    /// The networks of these features.
    func networks(inputs: Int, width: Int, choices: [Int]) -> InverseDynamics {
      InverseDynamics(
        inputs: inputs, hidden: self == .policy ? [] : [width], width: width, choices: self == .inverse ? choices : [])
    }
  }

  public var features = Features.inverse
  /// Number of features, and of units of each hidden layer.
  public var width = 48
  /// lambda, above 0: what an episode's matrix has on its diagonal before the first observation.
  public var ridge = 0.1
  /// Share of the steps that encoder and inverse model are trained on, above 0, at most 1.
  public var share: Float = 0.25
  /// Adam's step size.
  public var learningRate: Float = 1e-4
  /// Discount per step of the return of bonuses, whose deviation divides the bonuses.
  public var discount: Float = 0.99
  /// Seed of the networks and of the sample of steps.
  public var seed: UInt64 = 0

  public init() {}

  /// Memory of the matrices of a group of environments, in bytes; at most `maximumGroupBytes` are possible.
  public func groupBytes(columns: Int) -> Int { EpisodeMatrixStore.bytes(width: width, columns: columns) }
  public static let maximumGroupBytes = EpisodeMatrixStore.maximumBytes
}
