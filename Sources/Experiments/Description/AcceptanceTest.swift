/// A requirement that an experiment decides, fixed before it runs: the mean over seeds of
///
///     result of `arm` - factor * result of `against`
///
/// has to reach a bar. Runs of one seed form a pair, because they begin alike.
public struct AcceptanceTest: Sendable, Equatable {
  /// What the number has to be.
  public enum Bar: Sendable, Equatable {
    case atLeast(Double)
    case atMost(Double)
  }

  /// The row of docs/methods.md that it belongs to, such as "21"; may be empty.
  public var row: String
  /// The requirement in words.
  public var title: String
  /// Name of the arm that is tested.
  public var arm: String
  /// Name of the arm that it is compared with; nil for the result itself.
  public var against: String?
  /// What is measured; nil for the experiment's measure.
  public var measure: Measure?
  /// Factor of the other arm's result: 0.9 for "at least nine tenths of it" with a bar of 0.
  public var factor: Double
  public var bar: Bar
}
