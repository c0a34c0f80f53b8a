/// The entry of a transform in the registry `RewardTransformEntry.all`: its name in run configurations, its parameters,
/// its explanation and its factory. Nothing else names a transform.
public struct RewardTransformEntry: Sendable {
  /// The effect of a transform on rewards. A chain has its transforms in this order.
  public enum Kind: Int, Sendable, CaseIterable, Comparable {
    /// Changes the scale of scores.
    case scaling
    /// Bounds the total reward of an episode.
    case bounding
    /// Weighs rewards by their agreement with the outcomes of episodes.
    case trust
    /// Weighs captions by their number of occurrences in the episode.
    case novelty
    /// Replaces scores by another reward.
    case shaping
    /// Weighs rewards by the age of the run.
    case annealing

    public static func < (first: Kind, second: Kind) -> Bool { first.rawValue < second.rawValue }
  }

  /// A numeric parameter of a transform.
  public struct Parameter: Sendable {
    public let name: String
    /// nil if it follows from the rest of the configuration.
    public let defaultValue: Double?
    /// The default in words, if it is not a number.
    public let defaultText: String
    public let range: ClosedRange<Double>
    public let isInteger: Bool
    /// One sentence with the unit.
    public let explanation: String

    static func real(
      _ name: String, _ defaultValue: Double, _ range: ClosedRange<Double>, _ explanation: String
    ) -> Parameter {
      Parameter(
        name: name, defaultValue: defaultValue, defaultText: "", range: range, isInteger: false,
        explanation: explanation)
    }

    static func integer(
      _ name: String, _ defaultValue: Int, _ range: ClosedRange<Int>, _ explanation: String
    ) -> Parameter {
      Parameter(
        name: name, defaultValue: Double(defaultValue), defaultText: "",
        range: Double(range.lowerBound)...Double(range.upperBound), isInteger: true, explanation: explanation)
    }
  }

  public let name: String
  public let kind: Kind
  public let parameters: [Parameter]
  /// One or two sentences for the reference page: the formula and its meaning.
  public let explanation: String
  let make: @Sendable (Values) -> any RewardTransform

  /// The arguments of the factory.
  struct Values {
    let parameters: [String: Double]
    let options: RewardOptions

    /// The value of a parameter that is set or has a default.
    func callAsFunction(_ name: String) -> Double { parameters[name] ?? .nan }
  }

  /// A new transform, with defaults for the parameters that `stage` does not set.
  func makeTransform(_ stage: RewardStage, _ options: RewardOptions) -> any RewardTransform {
    let defaults = parameters.compactMap { parameter in parameter.defaultValue.map { (parameter.name, $0) } }
    let values = stage.parameters.merging(defaults) { set, _ in set }
    return make(Values(parameters: values, options: options))
  }
}
