import Captions
import Foundation

/// Turns a reading into a verdict.
struct Decision: Sendable, Hashable {
  let options: JudgeOptions
  private var latest = RunningQuantile()
  private var calibrated = 0.0

  init(options: JudgeOptions) { self.options = options }

  /// Takes in what the model makes of messages whose labels are known.
  mutating func calibrate(_ scores: [(logOdds: Double, isProgress: Bool)]) {
    calibrated = ThresholdRule.best(scores)
    for score in scores { latest.add(score.logOdds) }
  }

  /// Remembers a log-odds for the running quantile.
  mutating func note(_ logOdds: Double) { latest.add(logOdds) }

  /// In nats; nil where the word decides.
  var threshold: Double? {
    switch options.threshold {
    case .word: nil
    case .fixed(let nats): nats
    case .calibrated: calibrated
    case .runningQuantile(let share): latest.quantile(share) ?? 0
    }
  }

  func verdict(_ reading: LabelReading) -> Verdict {
    guard case .label(let isProgress, let logOdds) = reading else { return .abstain }
    guard logOdds.isFinite else { return .label(isProgress ? 1 : 0) }
    let distance = logOdds - (threshold ?? 0)
    switch options.labels {
    case .soft: return .label(Float(1 / (1 + exp(-distance))))
    case .hard: return .label((threshold == nil ? isProgress : distance > 0) ? 1 : 0)
    }
  }
}
