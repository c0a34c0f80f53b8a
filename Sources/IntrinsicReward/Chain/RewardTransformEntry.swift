/// A transform as a run configuration knows it: the single place that its name, parameters and meaning are written. All of
/// them are in `RewardTransformEntry.all`.
public struct RewardTransformEntry: Sendable {
  /// What a transform does to rewards. A chain has them in this order.
  public enum Kind: Int, Sendable, CaseIterable, Comparable {
    /// Changes the scale of scores.
    case scaling
    /// Bounds what an episode can be paid.
    case bounding
    /// Weighs rewards by how far outcomes bear them out.
    case trust
    /// Weighs captions by how new they are in the episode.
    case novelty
    /// Pays something else in the place of scores.
    case shaping
    /// Weighs rewards by the age of the run.
    case annealing

    public static func < (first: Kind, second: Kind) -> Bool { first.rawValue < second.rawValue }
  }

  /// A number that a transform can be given.
  public struct Parameter: Sendable {
    public let name: String
    /// nil where it follows from the rest of the configuration.
    public let defaultValue: Double?
    /// The default in words, where it is no number.
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
  /// One or two sentences: what it computes.
  public let explanation: String
  let make: @Sendable (Values) -> any RewardTransform

  /// What a transform is made of.
  struct Values {
    let parameters: [String: Double]
    let options: RewardOptions

    /// A parameter that has a default in the table, or that was set.
    func callAsFunction(_ name: String) -> Double { parameters[name] ?? .nan }
  }

  /// A new transform, with defaults for what `stage` does not set.
  func makeTransform(_ stage: RewardStage, _ options: RewardOptions) -> any RewardTransform {
    let defaults = parameters.compactMap { parameter in parameter.defaultValue.map { (parameter.name, $0) } }
    let values = stage.parameters.merging(defaults) { set, _ in set }
    return make(Values(parameters: values, options: options))
  }
}
