import Captions

/// Counts of the captions that an annotator took. `asked == labelled + abstained + returned + inFlight` at all times.
struct JudgingStatistics: Sendable, Hashable, CustomStringConvertible {
  var asked = 0
  var labelled = 0
  var abstained = 0
  /// Captions returned to the learner without a judgement.
  var returned = 0
  var inFlight = 0
  /// Tokens of the requests and answers behind all labels and abstentions.
  var tokens = 0

  /// Every count, for the log.
  var description: String {
    "asked \(asked), labelled \(labelled), abstained \(abstained), returned \(returned), in flight \(inFlight), "
      + "tokens \(tokens)"
  }

  /// Counts the captions of a new task.
  mutating func begin(_ captions: Int) {
    asked += captions
    inFlight += captions
  }

  /// Counts the end of one caption.
  /// - Parameter judgement: nil if the caption returns to the learner.
  mutating func settle(_ judgement: EntryJudgement?) {
    inFlight -= 1
    guard let judgement else {
      returned += 1
      return
    }
    if judgement.isAbstention { abstained += 1 } else { labelled += 1 }
    tokens += judgement.evidence?.tokens ?? 0
  }
}

/// Writes a log line about the judging at most every ten seconds, and only if something happened. It has no clock.
struct PeriodicReport {
  static let intervalSeconds = 10.0

  private var lastTime: Double
  private var last = JudgingStatistics()

  init(start: Double) { lastTime = start }

  /// Time of the next line; infinite while the counts equal those of the latest line.
  func nextTime(_ statistics: JudgingStatistics) -> Double {
    statistics == last ? .infinity : lastTime + Self.intervalSeconds
  }

  /// The line, if one is due.
  mutating func line(_ statistics: JudgingStatistics, now: Double) -> String? {
    guard now >= nextTime(statistics) else { return nil }
    let rate = Double(statistics.labelled - last.labelled) / (now - lastTime)
    lastTime = now
    last = statistics
    return "\(statistics); \((rate * 10).rounded() / 10) labels/s"
  }
}
