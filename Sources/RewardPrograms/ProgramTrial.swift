/// What a program does on a sample of played steps, before anybody trains with it.
public struct ProgramTrial: Sendable, Hashable {
  /// Most steps of a sample whose reward may be no number.
  static let maximumUnknownShare = 0.01
  /// Fewest steps that a verdict needs.
  static let minimumSteps = 100

  public private(set) var steps = 0
  /// Steps whose reward is no number.
  public private(set) var unknown = 0
  /// Steps with a reward other than 0.
  public private(set) var paid = 0
  /// Steps whose reward was cut to the range.
  public private(set) var atBound = 0
  public private(set) var sum = 0.0
  public private(set) var least = Float.infinity
  public private(set) var greatest = -Float.infinity

  public init() {}

  /// Counts the reward of one step.
  public mutating func add(_ reward: Float) {
    steps += 1
    guard !reward.isNaN else {
      unknown += 1
      return
    }
    if reward != 0 { paid += 1 }
    if abs(reward) >= ProgramLimits.reward { atBound += 1 }
    sum += Double(reward)
    (least, greatest) = (min(least, reward), max(greatest, reward))
  }

  /// Why the program must not be used; nil if nothing speaks against it.
  public var problem: String? {
    guard steps >= Self.minimumSteps else { return "only \(steps) steps were tried; \(Self.minimumSteps) are needed" }
    if Double(unknown) > Self.maximumUnknownShare * Double(steps) {
      return
        "the reward of \(unknown) of \(steps) steps is no number: a division by zero, or the root or logarithm of a "
        + "number below zero"
    }
    if least == greatest { return "every step has the reward \(least), so it teaches nothing" }
    if atBound > steps / 2 {
      return "\(atBound) of \(steps) rewards are cut to ±\(ProgramLimits.reward), so they are alike; make them smaller"
    }
    return nil
  }
}
