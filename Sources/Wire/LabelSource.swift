/// What one label rests on, where a language model was asked.
public struct LabelSource: Sendable, Hashable {
  /// The model's name as its server gave it.
  public var model: String
  /// Without credentials.
  public var server: String
  /// From the first request to the last answer.
  public var latencySeconds: Float
  /// Tokens of all requests and answers that went into the label.
  public var promptTokens: UInt32
  public var answerTokens: UInt32
  /// Answers that went into the label.
  public var samples: UInt32
  public var answerDigest: UInt64
  /// The text the model was shown; empty: the caption itself.
  public var asked: [UInt8]

  public init(
    model: String, server: String, latencySeconds: Float, promptTokens: UInt32, answerTokens: UInt32, samples: UInt32,
    answerDigest: UInt64, asked: [UInt8] = []
  ) {
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
