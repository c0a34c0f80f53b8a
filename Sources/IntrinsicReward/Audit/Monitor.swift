/// Watches a run for one way of going wrong that its loss does not show.
public protocol Monitor: Sendable {
  /// What it warns of, in a few words.
  var name: String { get }

  /// Takes in the newest numbers.
  /// - Returns: what is wrong now, with numbers; nil while nothing is.
  mutating func observe(_ reading: MonitorReading) -> String?
}

/// What monitors look at, one metrics line of a run; nil where there is nothing to tell.
public struct MonitorReading: Sendable, Hashable {
  /// Mean intrinsic reward of a step.
  public var intrinsic: Double?
  /// What is really wanted: the success rate of episodes, or their mean return.
  public var outcome: Double?
  /// Of the reward model: its version, and its agreement with labels it was trained on and with those held out.
  public var modelVersion: Int?
  public var trainingAgreement: Double?
  public var heldOutAgreement: Double?
  /// Labels that are held out.
  public var heldOut = 0

  public init() {}
}
