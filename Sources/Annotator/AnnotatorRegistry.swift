import Captions
import Configuration
import Environments
import GameRules

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
}

/// One kind of annotator: the value of `annotator.kind` and how its task handler is made.
struct AnnotatorEntry: Sendable {
  /// What a factory receives.
  struct Context {
    let configuration: RunConfiguration
    /// Seconds on the service's clock.
    let now: Double
    let log: @Sendable (String) -> Void

    /// Seeds annotators that draw numbers.
    var seed: UInt64 { UInt64(bitPattern: Int64(configuration.run.seed)) }
  }

  let kind: AnnotatorSection.Kind
  let makeHandler: @Sendable (Context) throws -> any TaskHandler

  private init(_ kind: AnnotatorSection.Kind, makeHandler: @escaping @Sendable (Context) throws -> any TaskHandler) {
    self.kind = kind
    self.makeHandler = makeHandler
  }

  /// Every kind of annotator. To add one, add its name to `AnnotatorSection.Kind` and its entry here.
  static let all: [AnnotatorEntry] = [
    immediate(.rules) { _, _ in RuleAnnotator() },
    immediate(.oracle) { context, stub in
      StubAnnotator(
        flipRate: Float(stub.flipRate), seed: context.seed, oracle: { CaptionGrid.label(of: $0).map { $0 ? 1 : 0 } })
    },
    immediate(.random) { context, stub in RandomAnnotator(seed: context.seed, helpfulShare: stub.randomShare) },
    asking(.llm, rulesFirst: false),
    asking(.layered, rulesFirst: true),
  ]

  /// The handler of the annotator that a run's configuration names.
  /// - Throws: `AnnotatorError` if the run has no annotator, and what the factory throws.
  static func handler(of context: Context) throws -> any TaskHandler {
    guard let entry = all.first(where: { $0.kind == context.configuration.annotator.kind }) else {
      throw AnnotatorError.unavailable(
        "the run has no annotator (annotator.kind = \"\(context.configuration.annotator.kind.rawValue)\")")
    }
    return try entry.makeHandler(context)
  }

  /// An annotator that answers at once.
  private static func immediate(
    _ kind: AnnotatorSection.Kind, make: @escaping @Sendable (Context, StubOptions) -> any CaptionAnnotator
  ) -> AnnotatorEntry {
    AnnotatorEntry(kind) { context in
      let options = context.configuration.annotator
      let stub = try StubOptions(options.stub)
      return ImmediateTaskHandler(
        make(context, stub), schedule: stub.schedule(start: context.now), capacity: options.batchSize, log: context.log)
    }
  }

  /// An annotator that asks a language model.
  /// - Parameter rulesFirst: the rules judge first, and the model judges the captions on which they abstain.
  private static func asking(_ kind: AnnotatorSection.Kind, rulesFirst: Bool) -> AnnotatorEntry {
    AnnotatorEntry(kind) { context in
      let model = context.configuration.languageModel
      let options = context.configuration.annotator
      if model.serverList.isEmpty {
        throw AnnotatorError.unavailable(
          "the run has its captions labelled by a language model and names no server; give one with --llm-url")
      }
      let factory = try JudgeFactory(model, isLayered: rulesFirst, log: context.log)
      let judges = RecentJudges { try factory.judge(principle: $0) }
      var modelReport: (@Sendable () -> String)?
      if let statistics = factory.modelStatistics { modelReport = { statistics().description } }
      return try AskingTaskHandler(
        maximumPortion: options.batchSize, judges: judges.judge,
        pairJudge: options.pairShare > 0 ? try factory.pairJudge(prompt: model.pairPrompt) : nil,
        modelReport: modelReport, now: context.now, log: context.log)
    }
  }
}
