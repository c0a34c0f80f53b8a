import Captions
import Foundation
import Runtime
import Statistics

/// Quality measures of an annotator.
public struct QualityReport: Sendable, Hashable, Codable {
  /// Draws of the bootstrap.
  private static let resamples = 1000

  /// A measure with its 95 % bootstrap interval.
  public struct Estimate: Sendable, Hashable, Codable {
    public let value: Double
    public let low: Double
    public let high: Double
  }

  /// The messages of one category.
  public struct Category: Sendable, Hashable, Codable {
    public let name: String
    public let count: Int
    public let right: Int
    public let abstained: Int
  }

  /// The judge's kind and version.
  public let annotator: String
  public let version: String
  /// Messages with a judgement, and those among them that mean progress.
  public let messages: Int
  public let progress: Int
  /// Messages without a judgement because the servers failed. No other number includes them.
  public let failed: Int
  /// The first failure.
  public let failure: String?
  public let confusion: Confusion
  public let abstention: Double?
  public let accuracy: Estimate?
  public let rightOfAll: Double?
  public let areaUnderCurve: Estimate?
  public let medianAccuracy: Double?
  public let calibration: Calibration?
  public let categories: [Category]
  /// nil if no pairs were asked.
  public var pairs: PositionBias?
  /// Judgements with an answer that could not be read, and the first such answer.
  public let unreadable: Int
  public let unreadableAnswer: String?
  /// Judgements per second over the whole evaluation; nil if no time was measured.
  public let labelsPerSecond: Double?
  /// Mean tokens per judgement for which a model was asked; nil if there is none.
  public let promptTokens: Double?
  public let answerTokens: Double?

  /// - Parameters:
  ///   - results: of `AnnotatorEvaluation.run`, in the order of the messages.
  ///   - seconds: how long that took.
  ///   - generator: what intervals are drawn with.
  public init(
    of judge: any CaptionJudge, on messages: [LabelledMessage], _ results: [Result<Judgement, ModelFailure>],
    seconds: Double, using generator: inout some RandomNumberGenerator
  ) {
    precondition(messages.count == results.count, "there must be one result per message")
    var judged: [(message: LabelledMessage, judgement: Judgement)] = []
    var failures: [ModelFailure] = []
    for (message, result) in zip(messages, results) {
      switch result {
      case .success(let judgement): judged.append((message, judgement))
      case .failure(let failure): failures.append(failure)
      }
    }
    let samples = judged.map {
      QualitySample(
        isProgress: $0.message.isProgress, verdict: $0.judgement.verdict,
        logOdds: $0.judgement.logOdds.map { Double($0) } ?? .nan)
    }
    annotator = judge.kind
    version = judge.version ?? ""
    self.messages = samples.count
    progress = samples.count { $0.isProgress }
    failed = failures.count
    failure = failures.first?.description
    confusion = Confusion(samples)
    abstention = confusion.abstention
    rightOfAll = confusion.rightOfAll
    medianAccuracy = Ranking.medianAccuracy(samples)
    calibration = Calibration(samples)
    var resampler = RandomGenerator(seed: generator.next())
    accuracy = Self.estimate(samples, &resampler) { Confusion($0).accuracy }
    areaUnderCurve = Self.estimate(samples, &resampler) { Ranking.areaUnderCurve($0) }
    categories = Self.categories(judged.map(\.message), samples)
    let unread = judged.compactMap(\.judgement.unreadable)
    unreadable = unread.count
    unreadableAnswer = unread.first?.description
    let asked = judged.compactMap(\.judgement.evidence).filter { $0.samples > 0 }
    labelsPerSecond = seconds > 0 ? Double(samples.count) / seconds : nil
    promptTokens = ratio(asked.reduce(0) { $0 + $1.promptTokens }, asked.count)
    answerTokens = ratio(asked.reduce(0) { $0 + $1.answerTokens }, asked.count)
  }

  private static func estimate(
    _ samples: [QualitySample], _ generator: inout RandomGenerator, _ measure: ([QualitySample]) -> Double?
  ) -> Estimate? {
    guard let value = measure(samples),
      let interval = Bootstrap(resamples: resamples).interval(of: samples, using: &generator, measure: measure)
    else { return nil }
    return Estimate(value: value, low: interval.lower, high: interval.upper)
  }

  /// The categories in the order of their first messages.
  private static func categories(_ messages: [LabelledMessage], _ samples: [QualitySample]) -> [Category] {
    var order: [String] = []
    var members: [String: [QualitySample]] = [:]
    for (message, sample) in zip(messages, samples) where !message.category.isEmpty {
      if members[message.category] == nil { order.append(message.category) }
      members[message.category, default: []].append(sample)
    }
    return order.map { name in
      let confusion = Confusion(members[name] ?? [])
      return Category(
        name: name, count: confusion.answered + confusion.abstained, right: confusion.right,
        abstained: confusion.abstained)
    }
  }
}

extension QualityReport {
  /// The report as text, one line per measure.
  public var table: String {
    var lines = [
      row("annotator", "\(annotator) \(version)"),
      row("messages", "\(messages), \(progress) of them progress"),
    ]
    if failed > 0 { lines.append(row("failed", "\(failed): \(failure ?? "")")) }
    if unreadable > 0 { lines.append(row("unreadable", "\(unreadable): \(unreadableAnswer ?? "")")) }
    lines += [
      row("abstention", percent(abstention)),
      row("accuracy", "\(text(accuracy))  of what was answered"),
      row("right of all", percent(rightOfAll)),
      row("AUC", text(areaUnderCurve)),
      row("accuracy at median", number(medianAccuracy)),
      row("Brier score", number(calibration?.brierScore)),
      row("calibration error", number(calibration?.expectedError)),
      row(
        "confusion",
        "progress \(confusion.truePositives) right, \(confusion.falseNegatives) missed; "
          + "other \(confusion.trueNegatives) right, \(confusion.falsePositives) taken for progress"),
      row("labels/s", labelsPerSecond.map { String(format: "%.1f", $0) } ?? "-"),
      row("tokens/label", promptTokens.map { "\(mean($0)) read, \(mean(answerTokens ?? 0)) written" } ?? "-"),
    ]
    if let pairs { lines += Self.lines(of: pairs) }
    if !categories.isEmpty { lines += ["", "category      messages  right  abstained"] + categories.map(line) }
    if let calibration { lines += ["", "probability  answers  predicted  observed"] + calibration.bins.map(line) }
    return lines.joined(separator: "\n")
  }

  private static func lines(of pairs: PositionBias) -> [String] {
    [
      row("pairs", "\(pairs.pairs), each in both orders; \(percent(pairs.abstention)) without an answer"),
      row("says \"first\"", percent(pairs.first)),
      row("consistent", percent(pairs.consistency)),
      row("pair accuracy", "\(number(pairs.accuracy)); \(number(pairs.consistentAccuracy)) where consistent"),
    ]
  }

  private func line(_ category: Category) -> String {
    category.name.padding(toLength: max(14, category.name.count + 2), withPad: " ", startingAt: 0)
      + String(format: "%8d %6d %10d", category.count, category.right, category.abstained)
  }

  private func line(_ bin: Calibration.Bin) -> String {
    let numbers = bin.count > 0 ? String(format: "%10.3f %9.3f", bin.predicted, bin.observed) : "         -         -"
    return String(format: "from %.2f   %8d ", bin.lowerBound, bin.count) + numbers
  }
}

private func row(_ name: String, _ value: String) -> String {
  name.padding(toLength: 20, withPad: " ", startingAt: 0) + value
}

private func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
private func percent(_ value: Double?) -> String { value.map { String(format: "%.1f %%", $0 * 100) } ?? "-" }
private func mean(_ value: Double) -> String { String(format: "%.1f", value) }

private func text(_ value: QualityReport.Estimate?) -> String {
  value.map { String(format: "%.3f (%.3f to %.3f)", $0.value, $0.low, $0.high) } ?? "-"
}
