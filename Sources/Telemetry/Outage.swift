/// The time in which something cannot be written, such as a label store on a full disk: when to try again, and the two
/// lines about it, one when it begins and one when it ends. It has no clock: times are seconds of any clock that does
/// not go back.
public struct Outage: Sendable {
  /// What is not written, in the plural: "metrics".
  public let subject: String
  /// Pause before the first new attempt; every failure doubles it.
  public let firstPauseSeconds: Double
  public let longestPauseSeconds: Double
  /// Attempts that failed since the start, for the metrics.
  public private(set) var failures = 0
  private var current: (began: Double, pause: Double, next: Double)?

  public init(of subject: String, firstPauseSeconds: Double = 1, longestPauseSeconds: Double = 30) {
    self.subject = subject
    self.firstPauseSeconds = firstPauseSeconds
    self.longestPauseSeconds = longestPauseSeconds
  }

  /// Whether the latest attempt failed.
  public var isOn: Bool { current != nil }

  /// Whether an attempt is useful now: always, except between a failure and the end of its pause.
  public func allowsAttempt(at now: Double) -> Bool { now >= (current?.next ?? now) }

  /// Seconds until the next attempt; nil if nothing is wrong.
  public func secondsToWait(at now: Double) -> Double? { current.map { max(0, $0.next - now) } }

  /// An attempt failed.
  /// - Returns: the line to log if this is the first failure.
  public mutating func failed(_ reason: String, at now: Double) -> String? {
    failures += 1
    guard let earlier = current else {
      current = (now, firstPauseSeconds, now + firstPauseSeconds)
      let pauses = [firstPauseSeconds, longestPauseSeconds].map { Int($0.rounded(.up)) }
      let range = pauses[0] < pauses[1] ? "\(pauses[0]) to \(pauses[1])" : "\(pauses[0])"
      return "\(subject) cannot be written: \(reason). Training continues; they are tried again every \(range) s"
    }
    let pause = min(2 * earlier.pause, longestPauseSeconds)
    current = (earlier.began, pause, now + pause)
    return nil
  }

  /// An attempt succeeded.
  /// - Returns: the line to log if something was wrong.
  public mutating func succeeded(at now: Double) -> String? {
    guard let earlier = current else { return nil }
    current = nil
    return "\(subject) are written again, after \(Int((now - earlier.began).rounded())) s"
  }
}
