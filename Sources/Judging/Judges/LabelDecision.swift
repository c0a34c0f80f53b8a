import Captions
import Foundation
import Statistics

/// How a judge turns answers into labels.
public struct JudgeOptions: Sendable, Hashable {
  /// The form of labels.
  public enum Labels: String, Sendable, Hashable, CaseIterable {
    /// 1 above the threshold, otherwise 0.
    case hard
    /// The model's confidence, P(positive) / (P(positive) + P(negative)), moved so that it is 1/2 at the threshold
    /// (Confidence as a Reward, 2025). With the threshold `fixed(0)` it is the confidence itself. Labels are hard if
    /// the server gives no log-probabilities.
    case soft
  }

  public var threshold: ThresholdRule
  public var labels: Labels

  public init(threshold: ThresholdRule = .calibrated, labels: Labels = .hard) {
    self.threshold = threshold
    self.labels = labels
  }
}

/// The threshold on the log-odds that separates progress from anything else.
///
/// Small models rank messages well but say yes to nearly all or nearly none of them, so that their threshold is rarely
/// 0.
public enum ThresholdRule: Sendable, Hashable, CustomStringConvertible {
  /// No threshold: the model's word decides.
  case word
  /// A fixed threshold in nats.
  case fixed(Double)
  /// The threshold that best separates messages with known labels, found before the first caption. 0 if there are none
  /// for the goal, for example for a principle.
  case calibrated
  /// A quantile of the latest log-odds, which start with those of the calibration messages; 0.5 is the median. Labels
  /// then mean "more than usual" rather than "progress", and the same caption may get another label later.
  case runningQuantile(Double)

  public var description: String {
    switch self {
    case .word: "word"
    case .fixed(let nats): "fixed \(nats)"
    case .calibrated: "calibrated"
    case .runningQuantile(let share): "quantile \(share)"
    }
  }

  /// The threshold with the least balanced error (the mean of the shares of positives at or below it and of negatives
  /// above it). If several are equally good, the middle one. 0 if one of the classes is missing.
  public static func best(_ scores: [(logOdds: Double, isProgress: Bool)]) -> Double {
    let scores = scores.filter(\.logOdds.isFinite).sorted { $0.logOdds < $1.logOdds }
    let positives = Double(scores.count(where: \.isProgress))
    let negatives = Double(scores.count) - positives
    guard positives > 0, negatives > 0 else { return 0 }
    var error = 1.0
    var least = Double.infinity
    var cuts: [Double] = []
    for index in scores.indices.dropLast() {
      error += scores[index].isProgress ? 1 / positives : -1 / negatives
      let (low, high) = (scores[index].logOdds, scores[index + 1].logOdds)
      guard low < high else { continue }
      // Equal sums of fractions may differ by rounding.
      if error < least - 1e-9 {
        least = error
        cuts = []
      }
      if error <= least + 1e-9 { cuts.append((low + high) / 2) }
    }
    return cuts.isEmpty ? scores[0].logOdds : cuts[cuts.count / 2]
  }
}

/// Turns the reading of an answer into a verdict.
struct Decision: Sendable, Hashable {
  let options: JudgeOptions
  private var latest = RunningQuantile()
  private var calibrated = 0.0

  init(options: JudgeOptions) { self.options = options }

  /// Chooses the threshold by the model's scores of messages whose labels are known.
  mutating func calibrate(_ scores: [(logOdds: Double, isProgress: Bool)]) {
    calibrated = ThresholdRule.best(scores)
    for score in scores { latest.add(score.logOdds) }
  }

  /// Adds log-odds to the running quantile.
  mutating func note(_ logOdds: Double) { latest.add(logOdds) }

  /// The threshold in nats; nil if the answer's word decides.
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

/// The decision rule of a judge, which is calibrated before the first caption.
///
/// Any number of tasks may wait for the calibration; one of them runs it. A message whose question fails is asked again
/// later, and the calibration ends without it after `maximumFailures`: one bad answer does not fail the captions that wait.
actor DecisionKeeper {
  typealias Ask = @Sendable (SanitisedCaption) async throws(ModelFailure) -> LabelReading

  /// Failures in a row after which the captions that wait fail too, with the last failure as the reason.
  private static let maximumFailures = 4

  private(set) var decision: Decision
  /// Messages that the calibration has not asked about.
  private var waiting: [(message: SanitisedCaption, label: Bool)]
  private var scores: [(logOdds: Double, isProgress: Bool)] = []
  private var underWay: Task<ModelFailure?, Never>?

  init(options: JudgeOptions, calibration: [(message: String, label: Bool)]) {
    decision = Decision(options: options)
    let isNeeded =
      switch options.threshold {
      case .calibrated, .runningQuantile: true
      case .word, .fixed: false
      }
    waiting = isNeeded ? calibration.map { (SanitisedCaption($0.message), $0.label) } : []
  }

  /// Calibrates the decision if it is not calibrated.
  /// - Parameter atOnce: number of concurrent questions.
  func prepare(atOnce: Int, ask: @escaping Ask) async throws(ModelFailure) {
    if waiting.isEmpty { return }
    let task = underWay ?? Task { await calibrate(atOnce: max(1, atOnce), ask: ask) }
    underWay = task
    if let failure = await task.value { throw failure }
  }

  func note(_ logOdds: Double) { decision.note(logOdds) }

  private func calibrate(atOnce: Int, ask: @escaping Ask) async -> ModelFailure? {
    defer { underWay = nil }
    var failures = 0
    while !waiting.isEmpty {
      let batch = Array(waiting.prefix(atOnce))
      waiting.removeFirst(batch.count)
      var answers = [Result<LabelReading, ModelFailure>?](repeating: nil, count: batch.count)
      await withTaskGroup(of: (Int, Result<LabelReading, ModelFailure>).self) { group in
        for (index, item) in batch.enumerated() { group.addTask { (index, await Self.result(item.message, ask)) } }
        for await (index, result) in group { answers[index] = result }
      }
      var last: ModelFailure?
      // Answers that cannot be read are ignored.
      for (item, answer) in zip(batch, answers) {
        switch answer {
        case .success(let reading)?:
          scores.append((reading.logOdds, item.label))
          failures = 0
        case .failure(let failure)?:
          waiting.append(item)
          failures += 1
          last = failure
        case nil: waiting.append(item)
        }
      }
      if let last, failures >= Self.maximumFailures || last == .cancelled { return last }
    }
    decision.calibrate(scores)
    return nil
  }

  private static func result(_ message: SanitisedCaption, _ ask: Ask) async -> Result<LabelReading, ModelFailure> {
    do throws(ModelFailure) { return .success(try await ask(message)) } catch { return .failure(error) }
  }
}
