/// When an annotator's log gets a line, and what it says: pure arithmetic on one clock.
struct PeriodicReport {
  static let intervalSeconds = 10.0

  private var lastTime: Double
  private var last = JudgingStatistics()

  init(start: Double) { lastTime = start }

  /// The next line is due then; never while nothing has happened since the last.
  func nextTime(_ statistics: JudgingStatistics) -> Double {
    statistics == last ? .infinity : lastTime + Self.intervalSeconds
  }

  /// A line, if one is due.
  mutating func line(_ statistics: JudgingStatistics, now: Double) -> String? {
    guard now >= nextTime(statistics) else { return nil }
    let rate = Double(statistics.labelled - last.labelled) / (now - lastTime)
    lastTime = now
    last = statistics
    let perSecond = (rate * 10).rounded() / 10
    return "labelled \(statistics.labelled) (\(perSecond)/s), abstained \(statistics.abstained), "
      + "returned \(statistics.returned), in flight \(statistics.inFlight), tokens \(statistics.tokens)"
  }
}
