/// `[language_model]`: the model that labels captions, its prompts, and how its answers become labels.
public struct LanguageModelSection: Sendable, Hashable {
  /// Source of the threshold on the log-odds.
  public enum Threshold: String, Sendable, CaseIterable {
    case calibrated, word, fixed, quantile
  }

  public enum Labels: String, Sendable, CaseIterable {
    case hard, soft
  }

  /// How several answers become one label.
  public enum Vote: String, Sendable, CaseIterable {
    case none, majority, meta, score, certainty, agreement
  }

  /// Addresses, separated by spaces; empty: each annotator has its own.
  public var servers = ""
  /// GGUF file on the annotator's machine, which is evaluated there instead of by a server; empty: none.
  public var file = ""
  /// Name of the model; empty: the one that the server has.
  public var model = ""
  /// Path on the annotator's machine; empty: no key.
  public var keyFile = ""
  /// Environment variable of the annotator; empty: none.
  public var keyVariable = ""
  /// File with certificates on the annotator's machine; empty: those of the system.
  public var caFile = ""
  public var requestsPerServer = 4
  /// Time limit of one attempt.
  public var requestSeconds = 12.0
  /// Tokens that a model may use to think before it answers.
  public var thinkingTokens = 1024
  /// "low", "medium" or "high"; empty: the server's.
  public var reasoningEffort = ""
  /// NAME=VALUE, separated by spaces.
  public var templateArguments = ""
  /// A name, or a path on the annotator's machine.
  public var prompt = "default"
  /// Prompt for pairs of captions.
  public var pairPrompt = "ranking"
  public var goal = "default"
  /// Text that replaces the goal; empty: the goal.
  public var principle = ""
  public var threshold = Threshold.calibrated
  /// Nats of a fixed threshold, share of a quantile.
  public var thresholdValue = 0.5
  public var labels = Labels.hard
  public var vote = Vote.none
  /// Answers to one prompt that vote.
  public var samples = 8
  /// Temperature of the answers that vote.
  public var temperature = 0.7
  /// The second prompt of `Vote.agreement`.
  public var paraphrase = "paraphrase"
  /// Accuracy from which on a student answers instead of the model; 0 = no student.
  public var studentAccuracy = 0.0

  public init() {}

  public var serverList: [String] { servers.split(separator: " ").map(String.init) }

  static let fields: [SectionField<LanguageModelSection>] = [
    .text(
      "servers", \.servers, .optionalText,
      "Addresses of OpenAI-compatible servers, separated by spaces. Annotators use all of them, and each may fail. "
        + "Empty: every annotator gets its own address, and `scripts/launch.sh` starts a server for the annotator of "
        + "this machine."
    ),
    .text(
      "file", \.file, .optionalText,
      "Model on the annotator's machine, a file of the GGUF format, that the annotator evaluates in its own process, on one "
        + "core, instead of asking servers. Empty: none."),
    .text(
      "model", \.model, .optionalText,
      "Name of the model at the servers. Empty: the model that they have."),
    .text(
      "key_file", \.keyFile, .optionalText,
      "File on the annotator's machine that contains the servers' key; only its owner may be able to read it. Empty: "
        + "no key."),
    .text(
      "key_variable", \.keyVariable, .optionalText,
      "Environment variable of the annotator that contains the servers' key, instead of a file."),
    .text(
      "ca_file", \.caFile, .optionalText,
      "File on the annotator's machine with the certificates of the authorities that sign the servers'. Empty: those of "
        + "the variable SSL_CERT_FILE, or the system's."),
    .integer(
      "requests_per_server", \.requestsPerServer, 1...1_024,
      "Requests in flight at each server. Two keep one slot of llama.cpp busy; vLLM takes hundreds."),
    .real(
      "request_seconds", \.requestSeconds, 0.1...3_600,
      "Time limit of one attempt, in seconds. `annotator.deadline_seconds` limits all attempts at a caption together."),
    .integer(
      "thinking_tokens", \.thinkingTokens, 0...65_536,
      "Tokens that a model which thinks before it answers may use for that, for each answer. 0: none; such a model then "
        + "labels nothing."),
    .text(
      "reasoning_effort", \.reasoningEffort, .optionalText,
      "How much a model thinks, such as \"low\", if its server takes `reasoning_effort`. Empty: the server's default."),
    .text(
      "template_arguments", \.templateArguments, .optionalText,
      "Arguments of the model's chat template, NAME=VALUE separated by spaces, such as \"enable_thinking=false\"."),
    .text(
      "prompt", \.prompt, .text,
      "Prompt for single captions: a name from `tengu prompts list`, or a file on the annotator's machine."),
    .text(
      "pair_prompt", \.pairPrompt, .text,
      "Prompt for pairs of captions, used if `annotator.pair_share` is above 0."),
    .text(
      "goal", \.goal, .text,
      "Goal by which captions are judged: one that the prompt defines, such as \"default\", \"combat\", \"gold\", "
        + "\"stairs\"."),
    .text(
      "principle", \.principle, .optionalText,
      "Text by which captions are judged, instead of a goal. `tengu principle` replaces it while the run continues."),
    .choice(
      "threshold", \.threshold,
      "What separates progress from the rest: \"calibrated\" is a threshold from messages of known label, \"quantile\" "
        + "a quantile of the latest log-odds, \"fixed\" a given log-odds, and \"word\" the word that the model "
        + "answers."),
    .real(
      "threshold_value", \.thresholdValue, -100...100,
      "The log-odds of a fixed threshold, in nats, or the share of a quantile."),
    .choice(
      "labels", \.labels,
      "\"hard\" labels are 0 or 1; \"soft\" labels are the model's confidence in progress."),
    .choice(
      "vote", \.vote,
      "How several answers become one label: \"none\" asks once; \"majority\" counts answers; \"meta\" weighs them by "
        + "a small model; \"score\" adds up the scores of the answers that this model prefers (with `prompt = \"critique\"`); "
        + "\"certainty\" weighs them by the model's own certainty; \"agreement\" asks with two prompts "
        + "and labels only where the answers agree."),
    .integer(
      "samples", \.samples, 1...32, "Answers to each prompt, if there is a vote."),
    .real(
      "temperature", \.temperature, 0...2, "Sampling temperature of answers that vote."),
    .text(
      "paraphrase", \.paraphrase, .text, "Second prompt of a vote by agreement."),
    .real(
      "student_accuracy", \.studentAccuracy, 0...0.999,
      "A student of the model's labels (logistic regression on hashed words) answers the captions of which it is sure, and "
        + "the model is asked about the rest and about one in 16 of these. Sure: this share of its guesses is right, and of "
        + "the captions labelled 1 it finds this share, both at the lower end of a 95% interval. 0: no student."),
  ]
}
