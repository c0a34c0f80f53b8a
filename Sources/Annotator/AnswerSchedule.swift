/// When a slow or failing annotator answers: pure arithmetic on one clock, for tests of everything around it.
public struct AnswerSchedule: Sendable, Hashable {
  /// When the annotator began, in seconds.
  public let start: Double
  /// From a task's arrival to its answer.
  public let delaySeconds: Double
  /// From `start` to the outage.
  public let outageAfterSeconds: Double
  /// How long the outage lasts; 0 for none.
  public let outageSeconds: Double

  public init(
    start: Double, delaySeconds: Double = 0, outageAfterSeconds: Double = 0, outageSeconds: Double = 0
  ) {
    self.start = start
    self.delaySeconds = max(delaySeconds, 0)
    self.outageAfterSeconds = max(outageAfterSeconds, 0)
    self.outageSeconds = max(outageSeconds, 0)
  }

  /// Whether the annotator is out at this time. The outage's first moment belongs to it, its end does not.
  public func isOut(at time: Double) -> Bool {
    let begin = start + outageAfterSeconds
    return time >= begin && time < begin + outageSeconds
  }

  /// When a task that arrives at `arrival` is answered; nil if never, because the outage met it on arrival, at its
  /// answer, or in between.
  public func answerTime(arrival: Double) -> Double? {
    let answer = arrival + delaySeconds
    let begin = start + outageAfterSeconds
    let meetsOutage = outageSeconds > 0 && arrival < begin + outageSeconds && answer >= begin
    return meetsOutage ? nil : answer
  }
}
