import Captions
import Foundation
import Judging
import Statistics

/// One source of answers and the messages it is asked about: what every row of the study needs.
///
/// Answers of one token are read from their log-probabilities, with the threshold that separates the built-in calibration
/// messages best, as `language_model.threshold = "calibrated"` does.
final class Study {
  let source: any AnswerSource
  let messages: StudyMessages
  let attacks: StudyAttacks
  private var instructions: [String: Instruction] = [:]
  private var thresholds: [String: Double] = [:]

  init(_ source: any AnswerSource, messages: StudyMessages, attacks: StudyAttacks) {
    self.source = source
    self.messages = messages
    self.attacks = attacks
  }

  /// A built-in prompt with its default goal.
  func instruction(_ name: String) throws -> Instruction {
    if let known = instructions[name] { return known }
    let made = try Instruction(PromptLibrary.prompt(name))
    instructions[name] = made
    return made
  }

  /// The prompt that suits the model best.
  func standard() throws -> Instruction { try instruction(source.standardPrompt) }

  /// The wordings that a model can be asked in: its own and two others.
  func wordings() throws -> [Instruction] {
    let others = ["default", "paraphrase", "few-shot"].filter { $0 != source.standardPrompt }
    return try [standard()] + others.prefix(2).map { try instruction($0) }
  }

  func reply(_ instruction: Instruction, _ item: StudyItem, sample: Int = 0) throws -> StudyReply {
    try source.reply(instruction, item, sample: sample)
  }

  func replies(_ instruction: Instruction, _ items: [StudyItem]) throws -> [StudyReply] {
    try items.map { try reply(instruction, $0) }
  }

  /// The threshold of an instruction whose answers are one token, in nats.
  func threshold(_ instruction: Instruction) throws -> Double {
    if let known = thresholds[instruction.identity] { return known }
    let scores = try instruction.calibration.map { message, label in
      (logOdds: try reply(instruction, StudyItem(message, isProgress: label)).logOdds, isProgress: label)
    }
    let threshold = ThresholdRule.best(scores)
    thresholds[instruction.identity] = threshold
    return threshold
  }

  /// The labels of items: log-odds above the calibrated threshold.
  /// - Returns: nil where there is no readable answer.
  func labels(_ instruction: Instruction, _ items: [StudyItem]) throws -> [Bool?] {
    let threshold = try threshold(instruction)
    return try items.map { try reply(instruction, $0).isProgress(above: threshold) }
  }

  /// The log-odds above the calibrated threshold; 0 where there is no readable answer.
  func margins(_ instruction: Instruction, _ items: [StudyItem]) throws -> [Double] {
    let threshold = try threshold(instruction)
    return try items.map {
      let logOdds = try reply(instruction, $0).logOdds
      return logOdds.isFinite ? logOdds - threshold : 0
    }
  }

  /// The sampled label of an answer, with log-odds above the calibrated threshold.
  func sampled(_ instruction: Instruction, _ item: StudyItem, prompt: Int = 0) throws -> SampledLabel {
    let (threshold, reply) = (try threshold(instruction), try reply(instruction, item))
    var label = reply.label
    label.prompt = prompt
    if reply.logOdds.isFinite {
      let margin = reply.logOdds - threshold
      label.reading = .label(isProgress: margin > 0, logOdds: margin)
    }
    return label
  }

  /// - Parameter conditions: nil for a condition that the sample does not allow, which counts as not recorded.
  func verdict(
    _ row: Int, _ method: String, _ conditions: [StudyVerdict.Condition?], note: String = ""
  ) -> StudyVerdict {
    let known = conditions.compactMap { $0 }
    return StudyVerdict(
      row: row, method: method, source: source.name, conditions: known.count == conditions.count ? known : [],
      note: note)
  }
}

/// 1 for a right label, 0 for a wrong one, 1/2 for none, as a coin would do.
func credit(_ label: Bool?, _ truth: Bool) -> Double { label.map { $0 == truth ? 1 : 0 } ?? 0.5 }

/// The mean; nil for no values.
func mean(_ values: some Collection<Double>) -> Double? {
  values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}

/// A number of a note.
func shown(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }

/// Spearman's rank correlation; equal values share the mean of their ranks. nil if one side does not vary.
func rankCorrelation(_ pairs: [(Double, Double)]) -> Double? {
  func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 }
      start = end + 1
    }
    return ranks
  }
  let (x, y) = (ranks(pairs.map(\.0)), ranks(pairs.map(\.1)))
  guard let meanX = mean(x), let meanY = mean(y) else { return nil }
  let products = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
  let squares = (
    x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }, y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
  )
  return squares.0 > 0 && squares.1 > 0 ? products / (squares.0 * squares.1).squareRoot() : nil
}
