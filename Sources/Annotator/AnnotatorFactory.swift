import Assembly
import Captions
import Configuration
import GameRules
import LocalModel
import Runtime

/// Why an annotator stops.
public enum AnnotatorError: Error, CustomStringConvertible, Sendable {
  case refused(String)
  case unavailable(String)

  public var description: String {
    switch self {
    case .refused(let text): "the learner refused this annotator: \(text)"
    case .unavailable(let text): text
    }
  }

  /// How the process of this annotator ends.
  public var exitStatus: Int32 { ExitStatus.mistake }
}

/// Makes the task handler of the annotator that a run's configuration chooses.
enum AnnotatorFactory {
  /// - Parameters:
  ///   - localModel: the model of the annotator's file, if it has been read already.
  ///   - now: seconds on the service's clock.
  /// - Throws: `AnnotatorError` if the run has no annotator or no server, and errors of the configuration.
  static func makeHandler(
    _ configuration: RunConfiguration, localModel: LocalLanguageModel?, now: Double,
    log: @escaping @Sendable (String) -> Void
  ) throws -> any TaskHandler {
    let kind = configuration.annotator.kind.rawValue
    switch try Registries.standard.annotators.entry(named: kind).source {
    case .none: throw AnnotatorError.unavailable("the run has no annotator (annotator.kind = \"\(kind)\")")
    case .immediate(let make):
      let inputs = try AnnotatorEntry.Inputs(configuration)
      return ImmediateTaskHandler(
        try make(inputs), schedule: inputs.stub.schedule(start: now), capacity: configuration.annotator.batchSize,
        log: log)
    case .languageModel(let rulesFirst):
      return try makeAskingHandler(configuration, localModel, rulesFirst: rulesFirst, now: now, log: log)
    }
  }

  private static func makeAskingHandler(
    _ configuration: RunConfiguration, _ localModel: LocalLanguageModel?, rulesFirst: Bool, now: Double,
    log: @escaping @Sendable (String) -> Void
  ) throws -> any TaskHandler {
    let model = configuration.languageModel
    let options = configuration.annotator
    if model.serverList.isEmpty, model.file.isEmpty {
      throw AnnotatorError.unavailable(
        "the run has its captions labelled by a language model, and this annotator has no server; name one with --llm-url, "
          + "or a model's file with --llm-file")
    }
    let factory = try JudgeFactory(model, isLayered: rulesFirst, localModel: localModel, log: log)
    let judges = RecentJudges { try factory.judge(principle: $0) }
    return try AskingTaskHandler(
      maximumPortion: options.batchSize, judges: judges.judge,
      pairJudge: options.pairShare > 0 ? try factory.pairJudge() : nil,
      modelReport: factory.modelReport, now: now, log: log)
  }
}
