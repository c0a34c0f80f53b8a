/// `[language_model]`: which model is asked about captions, how, and how its answers become labels.
public struct LanguageModelSection: Sendable, Hashable {
  /// Where the threshold on the log-odds comes from.
  public enum Threshold: String, Sendable, CaseIterable {
    case calibrated, word, fixed, quantile
  }

  public enum Labels: String, Sendable, CaseIterable {
    case hard, soft
  }

  /// How several answers become one label.
  public enum Vote: String, Sendable, CaseIterable {
    case none, majority, meta, certainty, agreement
  }

  /// Addresses, parted by spaces; empty: each annotator is told its own.
  public var servers = ""
  /// Empty: whichever the server has.
  public var model = ""
  /// On the annotator's machine; empty: none.
  public var keyFile = ""
  /// An environment variable of the annotator; empty: none.
  public var keyVariable = ""
  public var requestsPerServer = 4
  /// Of one attempt.
  public var requestSeconds = 12.0
  /// A name, or a path on the annotator's machine.
  public var prompt = "default"
  /// The prompt that pairs are asked with.
  public var pairPrompt = "ranking"
  public var goal = "default"
  /// In place of the goal; empty: the goal.
  public var principle = ""
  public var threshold = Threshold.calibrated
  /// Nats of a fixed threshold, share of a quantile.
  public var thresholdValue = 0.5
  public var labels = Labels.hard
  public var vote = Vote.none
  /// Answers to one prompt that a vote is taken of.
  public var samples = 8
  /// Of the answers that a vote is taken of.
  public var temperature = 0.7
  /// The second prompt of `Vote.agreement`.
  public var paraphrase = "paraphrase"

  public init() {}

  public var serverList: [String] { servers.split(separator: " ").map(String.init) }
}
