import Captions
import Configuration
import Environments
import GameRules

/// Why an annotator cannot go on.
public enum AnnotatorError: Error, CustomStringConvertible, Sendable {
  case refused(String)
  case unavailable(String)

  public var description: String {
    switch self {
    case .refused(let text): "the learner refused this annotator: \(text)"
    case .unavailable(let text): text
    }
  }
}

/// The annotator a run configuration names.
enum AnnotatorFactory {
  static func makeHandler(
    _ configuration: RunConfiguration, now: Double, log: @escaping @Sendable (String) -> Void
  ) throws -> any TaskHandler {
    let options = configuration.annotator
    let schedule = AnswerSchedule(
      start: now, delaySeconds: options.delaySeconds, outageAfterSeconds: options.outageAfterSeconds,
      outageSeconds: options.outageSeconds)
    func immediate(_ annotator: any CaptionAnnotator) -> any TaskHandler {
      ImmediateTaskHandler(annotator, schedule: schedule, capacity: options.batchSize, log: log)
    }
    switch options.kind {
    case .none: throw AnnotatorError.unavailable("the run has no annotator (annotator.kind = \"none\")")
    case .rules: return immediate(RuleAnnotator())
    case .oracle:
      return immediate(
        StubAnnotator(
          flipRate: Float(options.flipRate), seed: UInt64(bitPattern: Int64(configuration.run.seed)),
          oracle: { CaptionGrid.label(of: $0).map { $0 ? 1 : 0 } }))
    case .random:
      return immediate(
        RandomAnnotator(
          seed: UInt64(bitPattern: Int64(configuration.run.seed)), helpfulShare: options.randomShare))
    case .llm, .layered:
      if configuration.languageModel.serverList.isEmpty {
        throw AnnotatorError.unavailable(
          "the run has its captions labelled by a language model and names no server; give one with --llm-url")
      }
      let factory = try JudgeFactory(configuration.languageModel, isLayered: options.kind == .layered, log: log)
      let shelf = JudgeShelf { try factory.judge(principle: $0) }
      let prompt = configuration.languageModel.pairPrompt
      let comparison = options.pairShare > 0 ? PairComparison(try factory.pairJudge(prompt: prompt)) : nil
      return try AskingTaskHandler(
        maximumPortion: options.batchSize, judges: shelf.judge, comparison: comparison, now: now, log: log)
    }
  }
}
