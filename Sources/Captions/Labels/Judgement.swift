import Runtime

/// What an annotator says about one caption.
public enum Verdict: Sendable, Hashable {
  /// The caption's label: 1 for progress, 0 for anything else. An oracle may use the range between.
  case label(Float)
  /// No readable answer. An abstention is never a label of 0: the caption stays unknown and earns no reward.
  case abstain

  /// The label; nil for an abstention.
  public var label: Float? { if case .label(let value) = self { value } else { nil } }
}

/// What a label or a preference is based on, so that it can be traced, weighed and asked for again.
public struct LabelEvidence: Sendable, Hashable {
  /// Name and version of the prompt, such as "default@2:9f3c01aa"; empty if no question was asked.
  public var prompt: String
  /// The goal or principle the annotator judged by, as one word or as its digest; empty if no question was asked.
  public var goal: String
  /// The model's name as its server reports it, or "sanitiser" for a caption that was settled without a question.
  public var model: String
  /// Address of the server that answered, without credentials. If several answered, the last one.
  public var server: String
  /// Seconds from the first request to the last answer.
  public var latencySeconds: Double
  /// Tokens of all requests.
  public var promptTokens: Int
  /// Tokens of all answers.
  public var answerTokens: Int
  /// Number of answers; 0 if no question was asked.
  public var samples: Int
  /// 64-bit FNV-1a of the raw answers, each followed by a zero byte.
  public var answerDigest: UInt64

  public init(
    prompt: String = "", goal: String = "", model: String = "", server: String = "", latencySeconds: Double = 0,
    promptTokens: Int = 0, answerTokens: Int = 0, samples: Int = 0, answerDigest: UInt64 = 0
  ) {
    self.prompt = prompt
    self.goal = goal
    self.model = model
    self.server = server
    self.latencySeconds = latencySeconds
    self.promptTokens = promptTokens
    self.answerTokens = answerTokens
    self.samples = samples
    self.answerDigest = answerDigest
  }

  /// Tokens of all requests and answers.
  public var tokens: Int { promptTokens.addingSaturated(answerTokens) }
}

/// A verdict about a caption together with its evidence.
public struct Judgement: Sendable, Hashable {
  public var verdict: Verdict
  /// Log-odds that the caption means progress, in nats; nil if the annotator gives none.
  public var logOdds: Float?
  /// The text that the model read, if it differs from the caption; else nil.
  public var asked: [UInt8]?
  /// nil if the annotator asks no model.
  public var evidence: LabelEvidence?
  /// The first answer behind the verdict that could not be read; nil if all could.
  public var unreadable: UnreadableAnswer?

  public init(
    _ verdict: Verdict, logOdds: Float? = nil, asked: [UInt8]? = nil, evidence: LabelEvidence? = nil,
    unreadable: UnreadableAnswer? = nil
  ) {
    self.verdict = verdict
    self.logOdds = logOdds
    self.asked = asked
    self.evidence = evidence
    self.unreadable = unreadable
  }
}

/// An annotator's judgement of one caption of a task.
public struct CaptionAnswer: Sendable, Hashable {
  public var caption: CaptionID
  public var judgement: Judgement

  public init(_ caption: CaptionID, _ judgement: Judgement) {
    self.caption = caption
    self.judgement = judgement
  }

  /// An answer without evidence.
  public init(_ caption: CaptionID, _ verdict: Verdict) { self.init(caption, Judgement(verdict)) }

  public var verdict: Verdict { judgement.verdict }
}

/// Identifies how labels are made. The version changes whenever the same caption could get another label (rule table,
/// prompt, goal, model, threshold). Labels of one origin may be mixed; other labels answer another question.
public struct LabelOrigin: Sendable, Hashable, CustomStringConvertible {
  /// The annotator's kind in one word, such as "rules" or "llm".
  public var kind: String
  public var version: String

  public init(kind: String, version: String) {
    self.kind = kind
    self.version = version
  }

  public var description: String { "\(kind) \(version)" }
}

/// A label as a reward model learns it.
public struct CaptionLabel: Sendable, Hashable {
  /// Never 0, which is "no caption".
  public var caption: CaptionID
  /// 1 for progress and 0 for anything else, or a value between. NaN withdraws the label: the caption is unknown again.
  public var value: Float

  public init(caption: CaptionID, value: Float) {
    self.caption = caption
    self.value = value
  }
}

/// An annotator that answers at once: a rule table or a test's oracle. `CaptionJudge` is for those that wait for a
/// model.
public protocol CaptionAnnotator {
  /// The annotator's kind in one word: "rules", "oracle". The label store keeps it with every label.
  var kind: String { get }

  /// Changes whenever the same caption could get another label. The label store keeps it with every label.
  var version: String { get }

  /// Judges one caption.
  /// - Parameter caption: raw bytes as the environment wrote them; never empty.
  mutating func annotate(_ caption: [UInt8]) -> Verdict
}
