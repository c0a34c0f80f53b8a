/// `[text]`: the policy of a task "text:NAME", which writes whole answers, and how it learns.
public struct TextSection: Sendable, Hashable {
  /// What an answer is worth.
  public enum Reward: String, Sendable, CaseIterable {
    /// 1 for a right answer, else 0.
    case verifier
    /// The share of the answer that is right.
    case partial
    /// The label that the run's annotator gives the text of question and answer.
    case annotator
  }

  /// What an update minimises. The last three need more than the answers of a unit with their rewards.
  public enum Loss: String, Sendable, CaseIterable {
    case grpo, p3o, nft, dpo, likelihood
    case laser, nash, treg
  }

  /// A policy that the run keeps in addition to the one that it trains.
  public enum Reference: String, Sendable, CaseIterable {
    case initial, previous
  }

  /// The task's difficulty; 0 = the task's own.
  public var difficulty = 0
  public var width = 64
  public var layers = 2
  public var heads = 4
  /// Longest text, question and answer, in tokens.
  public var context = 64
  /// Answers to each question.
  public var answers = 8
  public var reward = Reward.verifier
  /// Seconds that answers wait for their labels at most.
  public var labelSeconds = 60.0
  /// Share of the questions that training never asks.
  public var heldOut = 0.0
  public var loss = Loss.grpo
  /// How strongly a preference counts compared with the distance from the reference.
  public var beta = 0.1
  /// Weight of the divergence from the reference.
  public var divergence = 0.0
  public var reference = Reference.initial
  /// Updates after which the policy becomes the previous one; 0 = never.
  public var iterateUpdates = 0
  /// Updates in which the learning rate rises to its value.
  public var warmUpUpdates = 10
  /// Share of right answers at which the supervised start ends.
  public var startShare = 0.4
  /// Updates of the supervised start at most; 0 = no start.
  public var startUpdates = 4_000

  public init() {}

  static let fields: [SectionField<TextSection>] = [
    .integer(
      "difficulty", \.difficulty, 0...12, shapesUnrolls: true,
      "Difficulty of the task \"text:NAME\" (docs/text.md): operations of a chain, kinds of captions, generations, "
        + "sensitivity. 0: the task's own."),
    .integer("width", \.width, 8...2_048, shapesUnrolls: true, "Floats of a position's vector, a multiple of heads."),
    .integer("layers", \.layers, 1...64, shapesUnrolls: true, "Blocks of the transformer."),
    .integer("heads", \.heads, 1...64, shapesUnrolls: true, "Attention heads of a block."),
    .integer(
      "context", \.context, 2...4_096, shapesUnrolls: true, "Longest text, question and answer together, in tokens."),
    .integer(
      "answers", \.answers, 1...64, shapesUnrolls: true,
      "Answers that the policy writes to each question; their rewards are compared with each other."),
    .choice(
      "reward", \.reward, shapesUnrolls: true,
      "What an answer is worth: \"verifier\", 1 if it is right and else 0; \"partial\", the share of it that is right; or "
        + "\"annotator\", the label that the run's annotator gives the text of question and answer."),
    .real(
      "label_seconds", \.labelSeconds, Bound.positiveSeconds,
      "Seconds that the answers of a unit wait for their labels. After that the unit is discarded, counted, and written "
        + "again."),
    .real(
      "held_out", \.heldOut, 0...0.5, shapesUnrolls: true,
      "Share of the questions that training never asks, so that `tengu eval` can ask them. The text of a question decides."
    ),
    .choice(
      "loss", \.loss,
      "What an update minimises: \"grpo\", the clipped policy gradient with advantages in the group of answers to a "
        + "question; \"p3o\", that of pairs of neighbouring answers; \"nft\", likelihood of right answers and of wrong ones under "
        + "the negative policy; \"dpo\", the preference for a question's best answer over its worst one; \"likelihood\" of "
        + "answers, as often as they are worth. \"laser\", \"nash\" and \"treg\" need more than a unit has, and are refused; "
        + "`tengu text rows` has them."),
    .real(
      "beta", \.beta, 0.000_001...1_000, "Weight of the distance from the reference policy in the loss \"dpo\"."),
    .real(
      "divergence", \.divergence, Bound.coefficient, "Weight of the divergence from the reference policy in the loss."),
    .choice(
      "reference", \.reference,
      "The policy that the divergence is from: \"initial\", that of the supervised start, or \"previous\", which follows "
        + "every iterate_updates updates."),
    .integer(
      "iterate_updates", \.iterateUpdates, 0...1_000_000_000,
      "Updates of an iterate: after each, the policy becomes the previous one. 0: the previous policy stays the initial one."
    ),
    .integer(
      "warm_up_updates", \.warmUpUpdates, 0...1_000_000,
      "Updates in which the learning rate rises to its value, linearly."),
    .real(
      "start_share", \.startShare, Bound.share,
      "Share of right answers at which the supervised start, which imitates demonstrations before the run's first step, "
        + "ends."),
    .integer(
      "start_updates", \.startUpdates, 0...1_000_000,
      "Updates of the supervised start at most, each of 64 demonstrations. 0: the policy begins without any."),
  ]
}
