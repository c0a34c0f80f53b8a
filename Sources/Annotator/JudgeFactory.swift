import Assembly
import Captions
import Configuration
import Judging
import LanguageModelClient
import LocalModel

/// Makes judges that ask one language model: by the configured goal or principle, and by principles of tasks.
public struct JudgeFactory: Sendable {
  private let options: LanguageModelSection
  /// The servers, for other questions than those of judges.
  public let model: any LanguageModel
  /// Whether the rules judge first and the model judges the captions on which they abstain.
  private let isLayered: Bool
  /// The counters of the model, for the log; nil for a caller's model.
  let modelReport: (@Sendable () -> String)?
  /// The answers that could not be read, of all judges.
  public let unreadable: UnreadableAnswers

  /// - Parameter localModel: the model of `options.file`, if it has been read already.
  /// - Throws: `ClientError` if the servers' addresses or their key cannot be used, `LocalModelError` if the model's file
  ///   cannot.
  public init(
    _ options: LanguageModelSection, isLayered: Bool, localModel: LocalLanguageModel? = nil,
    log: @escaping @Sendable (String) -> Void
  ) throws {
    if !options.file.isEmpty {
      let name = LocalLanguageModel.name(ofFile: options.file)
      guard options.model.isEmpty || options.model == name else {
        throw AnnotatorError.unavailable(
          "the run's model is \(options.model.debugDescription), and \(options.file) is \(name.debugDescription); name the "
            + "file of that model with --llm-file, or remove language_model.model")
      }
      let model = try localModel ?? LocalLanguageModel(file: options.file)
      if localModel == nil { log(model.summary) }
      self.init(options, isLayered: isLayered, model: model, log: log, modelReport: { model.statistics.description })
      return
    }
    var client = LanguageModelOptions(servers: options.serverList, log: log)
    client.model = options.model.isEmpty ? nil : options.model
    client.requestsPerServer = options.requestsPerServer
    client.requestTimeoutSeconds = options.requestSeconds
    client.thinking = options.thinking
    client.authorities = options.caFile.isEmpty ? nil : options.caFile
    if !options.keyFile.isEmpty { client.key = .file(options.keyFile) }
    if !options.keyVariable.isEmpty { client.key = .environment(options.keyVariable) }
    let pool = try LanguageModelPool(client)
    self.init(options, isLayered: isLayered, model: pool, log: log, modelReport: { pool.statistics.description })
    pool.introduce()
  }

  /// Uses the caller's model instead of a pool of servers.
  init(
    _ options: LanguageModelSection, isLayered: Bool, model: any LanguageModel,
    log: @escaping @Sendable (String) -> Void = { _ in },
    modelReport: (@Sendable () -> String)? = nil
  ) {
    self.options = options
    self.isLayered = isLayered
    self.model = model
    self.modelReport = modelReport
    unreadable = UnreadableAnswers(log: log)
  }

  /// - Parameter principle: the principle to judge by; if empty, the configured goal or principle.
  /// - Throws: `PromptError` naming the prompt's file.
  public func judge(principle: String = "") throws -> any CaptionJudge {
    try options.judge(asking: model, rulesFirst: isLayered, principle: principle, unreadable: unreadable)
  }

  /// - Throws: `PromptError` naming the prompt's file.
  public func pairJudge() throws -> PairJudge { try options.pairJudge(asking: model, unreadable: unreadable) }
}

/// Keeps the judges of the most recently used principles, so that each judge keeps its calibration.
final class RecentJudges {
  /// Number of principles kept. The least recently used one is removed first.
  static let maximumCount = 16

  private let make: (_ principle: String) throws -> any CaptionJudge
  /// Most recently used last.
  private var judges: [(principle: String, judge: any CaptionJudge)] = []

  init(make: @escaping (_ principle: String) throws -> any CaptionJudge) { self.make = make }

  /// The judge of a principle; makes one if it is not among the recent ones.
  /// - Throws: what `make` throws.
  func judge(_ principle: String) throws -> any CaptionJudge {
    let known = judges.firstIndex { $0.principle == principle }.map { judges.remove(at: $0).judge }
    let judge = try known ?? make(principle)
    judges.append((principle, judge))
    if judges.count > Self.maximumCount { judges.removeFirst() }
    return judge
  }
}

extension LanguageModelSection {
  fileprivate var thinking: ThinkingOptions {
    var result = ThinkingOptions()
    result.tokens = thinkingTokens
    result.effort = reasoningEffort.isEmpty ? nil : reasoningEffort
    for argument in templateArguments.split(separator: " ") {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      // An argument without a value is true.
      result.templateArguments[parts[0]] = TemplateArgument(parts.count > 1 ? parts[1] : "true")
    }
    return result
  }
}
