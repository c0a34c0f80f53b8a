import Assembly
import Captions
import Configuration
import Judging
import LanguageModelClient

/// Makes judges that ask one language model: by the configured goal or principle, and by principles of tasks.
public struct JudgeFactory: Sendable {
  private let options: LanguageModelSection
  private let model: any LanguageModel
  /// Whether the rules judge first and the model judges the captions on which they abstain.
  private let isLayered: Bool
  /// The counters of the servers, for the log; nil for a caller's model.
  let modelStatistics: (@Sendable () -> LanguageModelStatistics)?

  /// - Throws: `ClientError` if the servers' addresses or their key cannot be used.
  public init(
    _ options: LanguageModelSection, isLayered: Bool, log: @escaping @Sendable (String) -> Void
  ) throws {
    var client = LanguageModelOptions(servers: options.serverList, log: log)
    client.model = options.model.isEmpty ? nil : options.model
    client.requestsPerServer = options.requestsPerServer
    client.requestTimeoutSeconds = options.requestSeconds
    if !options.keyFile.isEmpty { client.key = .file(options.keyFile) }
    if !options.keyVariable.isEmpty { client.key = .environment(options.keyVariable) }
    let pool = try LanguageModelPool(client)
    self.init(options, isLayered: isLayered, model: pool, modelStatistics: { pool.statistics })
    pool.introduce()
  }

  /// Uses the caller's model instead of a pool of servers.
  init(
    _ options: LanguageModelSection, isLayered: Bool, model: any LanguageModel,
    modelStatistics: (@Sendable () -> LanguageModelStatistics)? = nil
  ) {
    self.options = options
    self.isLayered = isLayered
    self.model = model
    self.modelStatistics = modelStatistics
  }

  /// - Parameter principle: the principle to judge by; if empty, the configured goal or principle.
  /// - Throws: `PromptError` naming the prompt's file.
  public func judge(principle: String = "") throws -> any CaptionJudge {
    try options.judge(asking: model, rulesFirst: isLayered, principle: principle)
  }

  /// - Throws: `PromptError` naming the prompt's file.
  public func pairJudge() throws -> PairJudge { try options.pairJudge(asking: model) }
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
