import CaptionPolicies
import Captions
import Configuration
import Environments
import GameRules
import TextTasks
import TextTraining

/// An annotator as a configuration chooses it: its name and where its labels come from.
public struct AnnotatorEntry: RegistryEntry {
  /// Where labels come from.
  public enum Source: Sendable {
    /// The run has no annotator.
    case none
    /// A function of the caption, which answers without asking a server.
    case immediate(@Sendable (Inputs) throws -> any CaptionAnnotator)
    /// A language model; `rulesFirst`: it judges only the captions on which the game's rules abstain.
    case languageModel(rulesFirst: Bool)
  }

  /// The inputs of an immediate annotator.
  public struct Inputs: Sendable {
    /// The name of the run's task.
    public let task: String
    /// The task whose answers it judges; nil in a run that is played.
    let textTask: (any TextTask)?
    /// Seed of the run.
    public let seed: UInt64
    /// `annotator.policy`.
    public let policyFile: String
    /// The options of `annotator.stub`.
    public let stub: StubOptions

    /// - Throws: `StubOptions.Problem` for options that cannot be read.
    public init(_ configuration: RunConfiguration) throws(StubOptions.Problem) {
      task = configuration.environment.task
      textTask = TextPlan.wholeTask(configuration)
      seed = configuration.seed
      policyFile = configuration.annotator.policy
      stub = try StubOptions(configuration.annotator.stub)
    }
  }

  public let name: String
  public let source: Source
  /// The name of the share in `annotator.stub` that this annotator alone reads; nil if there is none.
  public let stubShare: String?

  public init(_ name: String, _ source: Source, stubShare: String? = nil) {
    self.name = name
    self.source = source
    self.stubShare = stubShare
  }

  /// Whether the annotator asks a language model, and so can compare captions.
  public var asksModel: Bool { if case .languageModel = source { true } else { false } }

  static let builtIn: [AnnotatorEntry] = [
    AnnotatorEntry("none", .none),
    AnnotatorEntry("rules", .immediate { RuleAnnotator(table: .table(forTask: $0.task)) }),
    AnnotatorEntry(
      "oracle",
      .immediate { inputs in
        StubAnnotator(
          flipRate: Float(inputs.stub.flipRate), seed: inputs.seed,
          oracle: { [task = inputs.textTask] caption in
            guard let task else { return CaptionGrid.label(of: caption).map { $0 ? 1 : 0 } }
            return AnswerCaption.verdict(caption, by: task).map { $0.isRight ? 1 : 0 }
          })
      }, stubShare: "flip_rate"),
    AnnotatorEntry(
      "phrases",
      .immediate { inputs in
        var stub = StubAnnotator(
          kind: "phrases", flipRate: Float(inputs.stub.flipRate), seed: inputs.seed,
          oracle: { CaptionGrid.label(of: $0).map { $0 ? 1 : 0 } })
        stub.phrases = ["key", "door", "stairs"]
        stub.phraseLabel = 0.5
        return stub
      }, stubShare: "flip_rate"),
    AnnotatorEntry(
      "mistakes",
      .immediate { inputs in
        StubAnnotator(
          kind: "mistakes", flipRate: Float(inputs.stub.flipRate), seed: inputs.seed,
          oracle: { CaptionGrid.isMistake($0).map { $0 ? 0 : 1 } })
      }, stubShare: "flip_rate"),
    AnnotatorEntry(
      "random", .immediate { inputs in RandomAnnotator(seed: inputs.seed, helpfulShare: inputs.stub.randomShare) },
      stubShare: "random_share"),
    AnnotatorEntry("llm", .languageModel(rulesFirst: false)),
    AnnotatorEntry("layered", .languageModel(rulesFirst: true)),
    AnnotatorEntry("policy", .immediate { try PolicyAnnotator(contentsOf: $0.policyFile) }),
  ]
}
