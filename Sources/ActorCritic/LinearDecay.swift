/// How a hyperparameter falls from its first value to a share of it, in a straight line over updates:
///
///     factor(t) = 1 - (1 - end) * min(t / updates, 1)
public struct LinearDecay: Sendable, Hashable {
  /// Share of the first value that is left in the end; above 1 the value rises.
  public var end: Float
  /// Updates it takes; 0 = the value stays what it was.
  public var updates: Double

  public init(end: Float = 1, updates: Double = 0) {
    self.end = end
    self.updates = updates
  }

  /// What the first value is multiplied by at the update of a policy version.
  public func factor(at policyVersion: UInt64) -> Float {
    guard updates > 0 else { return 1 }
    return 1 - (1 - end) * Float(min(Double(policyVersion) / updates, 1))
  }
}
