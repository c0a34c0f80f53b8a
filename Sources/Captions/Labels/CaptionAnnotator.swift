/// Whoever turns captions into verdicts: a rule table, a language model, a test's oracle.
public protocol CaptionAnnotator {
  /// What it is, in one word: "rules", "oracle". Stored with every label.
  var kind: String { get }

  /// Changes whenever the same caption could be judged differently (table, prompt, model). Stored with every label.
  var version: String { get }

  /// Judges one caption (raw bytes as the environment gave them, never empty).
  mutating func annotate(_ caption: [UInt8]) -> Verdict
}
