import Foundation
import Judging
import Runtime

/// A model that errs as real ones do: most of its errors belong to the message, so that asking again does not mend them, and
/// it is surer than it should be.
final class StubSource: AnswerSource {
  let name = "stub"
  let standardPrompt = "default"

  /// Share of wrong answers.
  private static let errorRate = 0.3
  /// Share of the messages whose error is the same for every wording and every answer.
  private static let sharedErrors = 0.6
  /// Factor of the log-odds over those that would be right.
  private static let overstatement = 1.5

  func reply(_ instruction: Instruction, _ item: StudyItem, sample: Int) -> StudyReply {
    let message = item.captions.joined(separator: " / ")
    let own = "\(message)|\(instruction.identity)|\(sample)"
    let isShared = Self.uniform("\(message)|kind") < Self.sharedErrors
    let isWrong = Self.uniform(isShared ? "\(message)|error" : own) < errorRate(instruction, item)
    // Right answers are surer on average, by less than their share would justify.
    let size = Self.overstatement * max(0.1, (isWrong ? 0.8 : 1.1) + 0.4 * Self.normal(own))
    let logOdds = truth(item) != isWrong ? size : -size
    let reading: LabelReading
    switch instruction.prompt.answer {
    case .scores(let scale):
      // A score is a whole number of points around the middle.
      let half = Double(scale.upperBound - scale.lowerBound) / 2
      reading = .label(isProgress: logOdds > 0, logOdds: max(-half, min(half, logOdds.rounded(.awayFromZero))))
    case .oneToken, .tagged, .lastWord: reading = .label(isProgress: logOdds > 0, logOdds: logOdds)
    }
    // Certainty of two words: the divergence of uniform from their probabilities.
    let probability = 1 / (1 + exp(-abs(logOdds)))
    let certainty = -(log(2 * probability) + log(2 * (1 - probability))) / 2
    let length = instruction.prompt.maximumTokens > 1 ? 30 + Int(20 * Self.uniform("\(own)|length")) : 3
    let tokens = 100 + instruction.prompt.maximumTokens
    return StudyReply(label: SampledLabel(reading, certainty: certainty, length: length), tokens: tokens)
  }

  /// What can be known: nothing about an ambiguous message without facts.
  private func truth(_ item: StudyItem) -> Bool {
    guard item.note == nil, Study.ambiguous.contains(item.captions[0]) else { return item.isProgress }
    return Self.uniform("\(item.captions[0])|truth") < 0.5
  }

  /// Facts halve the errors. Each correction takes away a twelfth of the errors on what is no progress.
  private func errorRate(_ instruction: Instruction, _ item: StudyItem) -> Double {
    let corrected = item.isProgress ? 1 : max(0.2, 1 - Double(instruction.reflections.count) / 12)
    switch item.note {
    case .facts: return 0.5 * Self.errorRate * corrected
    case .student, nil: return Self.errorRate * corrected
    }
  }

  private static func uniform(_ text: String) -> Double {
    Double(Array(text.utf8).withUnsafeBufferPointer { ByteHash.fast($0, seed: 15) } >> 11) * 0x1p-53
  }

  private static func normal(_ text: String) -> Double {
    (-2 * log(1 - uniform("\(text)|a"))).squareRoot() * cos(2 * .pi * uniform("\(text)|b"))
  }
}
