/// Faults and shares of the annotators that exist for tests and for control experiments: `annotator.stub` of the
/// configuration, as `name=value` pairs separated by spaces.
///
///     flip_rate=0.3              oracle: share of the captions whose label is inverted, 0 ... 1
///     random_share=0.18          random: share of the captions that are labelled 1, 0 ... 1; default 0.5
///     delay_seconds=5            seconds from a task to its answer
///     outage_after_seconds=60    seconds from the start to an outage
///     outage_seconds=10          seconds that the outage lasts
public struct StubOptions: Hashable, Sendable {
  /// Why a text is not a list of options.
  public struct Problem: Error, CustomStringConvertible, Hashable {
    let option: String

    public var description: String {
      "annotator.stub: \"\(option)\" is not one of flip_rate=SHARE, random_share=SHARE, delay_seconds=SECONDS, "
        + "outage_after_seconds=SECONDS and outage_seconds=SECONDS"
    }
  }

  public private(set) var flipRate = 0.0
  public private(set) var randomShare = 0.5
  public private(set) var delaySeconds = 0.0
  public private(set) var outageAfterSeconds = 0.0
  public private(set) var outageSeconds = 0.0

  /// - Throws: `Problem` with the first option that has no valid name or value.
  public init(_ text: String) throws(Problem) {
    for option in text.split(separator: " ") {
      let parts = option.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite, value >= 0 else {
        throw Problem(option: String(option))
      }
      switch parts[0] {
      case "flip_rate" where value <= 1: flipRate = value
      case "random_share" where value <= 1: randomShare = value
      case "delay_seconds": delaySeconds = value
      case "outage_after_seconds": outageAfterSeconds = value
      case "outage_seconds": outageSeconds = value
      default: throw Problem(option: String(option))
      }
    }
  }

  /// The answer times of an annotator that starts at `start`, in seconds.
  public func schedule(start: Double) -> AnswerSchedule {
    AnswerSchedule(
      start: start, delaySeconds: delaySeconds, outageAfterSeconds: outageAfterSeconds, outageSeconds: outageSeconds)
  }
}

/// When a slow or failing stub answers. It has no clock.
public struct AnswerSchedule: Sendable, Hashable {
  /// When the annotator started, in seconds on the caller's clock.
  public let start: Double
  /// Seconds from a task's arrival to its answer.
  public let delaySeconds: Double
  /// Seconds from `start` to the outage.
  public let outageAfterSeconds: Double
  /// Seconds that the outage lasts; 0 for none.
  public let outageSeconds: Double

  public init(
    start: Double, delaySeconds: Double = 0, outageAfterSeconds: Double = 0, outageSeconds: Double = 0
  ) {
    self.start = start
    self.delaySeconds = max(delaySeconds, 0)
    self.outageAfterSeconds = max(outageAfterSeconds, 0)
    self.outageSeconds = max(outageSeconds, 0)
  }

  /// Whether the annotator is out at this time; the interval is half-open.
  public func isOut(at time: Double) -> Bool {
    let begin = start + outageAfterSeconds
    return time >= begin && time < begin + outageSeconds
  }

  /// Time of the answer to a task that arrives at `arrival`; nil if the outage overlaps the time from arrival to
  /// answer.
  public func answerTime(arrival: Double) -> Double? {
    let answer = arrival + delaySeconds
    let begin = start + outageAfterSeconds
    let meetsOutage = outageSeconds > 0 && arrival < begin + outageSeconds && answer >= begin
    return meetsOutage ? nil : answer
  }
}
