/// Where a label came from, so that any label can be traced, weighed and asked again.
public struct LabelEvidence: Sendable, Hashable {
  /// Name and version of the prompt, "default@2:9f3c01aa"; empty where no prompt was asked with.
  public var prompt: String
  /// The goal or principle the caption was judged by, in one word or by its digest.
  public var goal: String
  /// The model's name as its server gave it.
  public var model: String
  /// Who answered, without credentials; of several the last.
  public var server: String
  /// From the first request to the last answer.
  public var latencySeconds: Double
  /// Tokens of all requests and answers that went into the label.
  public var promptTokens: Int
  public var answerTokens: Int
  /// Answers that went into the label.
  public var samples: Int
  /// FNV-1a of the raw answers, one after the other, each with a zero byte behind it.
  public var answerDigest: UInt64
  /// The text the model was shown, where it is another one than the caption; else empty.
  public var asked: [UInt8]

  public init(
    prompt: String = "", goal: String = "", model: String = "", server: String = "", latencySeconds: Double = 0,
    promptTokens: Int = 0, answerTokens: Int = 0, samples: Int = 0, answerDigest: UInt64 = 0,
    asked: [UInt8] = []
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
    self.asked = asked
  }
}
