/// `[plan]`: which tasks the next episodes play.
public struct PlanSection: Sendable, Hashable {
  /// Who decides.
  public enum Kind: String, CaseIterable, Sendable {
    /// Nobody: every environment draws its episodes.
    case none
    case uniform
    case knapsack
    case bandit
    case balance
    case restart
  }

  public var kind = Kind.none
  /// Number of tasks.
  public var keys = 16
  /// Episodes of a group; a plan has so many for each task.
  public var repeats = 8
  /// Episodes that every task gets.
  public var minimumRepeats = 2
  /// Weight of the newest episode in a task's success rate.
  public var successWeight = 0.1
  /// Factor of the bandit's bonus.
  public var exploration = 0.5
  public var freshSeeds = false
  /// Numbers separated by spaces.
  public var temperatures = "0.5 0.7 1 1.4"
  /// Different wins of a group that are enough.
  public var wins = 4
  /// Numbers separated by spaces.
  public var thresholds = "0 0.6 0.7 0.8 0.9"
  /// Numbers separated by spaces, one for each value head; empty for none.
  public var steering = ""

  public init() {}

  /// The numbers of `temperatures`; nil where a word is no number.
  public var temperatureGrid: [Float?] { Self.numbers(temperatures) }

  /// The numbers of `thresholds`; nil where a word is no number.
  public var thresholdGrid: [Float?] { Self.numbers(thresholds) }

  /// The numbers of `steering`; nil where a word is no number.
  public var steeringWeights: [Float?] { Self.numbers(steering) }

  private static func numbers(_ text: String) -> [Float?] { text.split(separator: " ").map { Float($0) } }

  /// Whether the run has a plan.
  public var isThere: Bool { kind != .none }

  static let fields: [SectionField<PlanSection>] = [
    .choice(
      "kind", \.kind,
      "Which tasks the next episodes play, where a task is a seed modulo `plan.keys`. \"none\": every environment draws its "
        + "seeds. \"uniform\": all tasks equally often. \"knapsack\": more episodes for tasks that are won now and then, "
        + "fewer for those that are always or never won. \"bandit\": tasks whose success rate moves (UCB1). \"balance\": all "
        + "tasks, at the temperature that brings the best balance of success and different wins (B-STaR). \"restart\": all "
        + "tasks, and episodes that promise less than a new start are cut where that brings more wins a step. Workers behind "
        + "relays and those of several learners follow the run's one plan."),
    .integer(
      "keys", \.keys, 1...4096,
      "Number of tasks. An episode of task k has a seed with seed mod keys = k, so that CaptionGrid's `layouts` or "
        + "`difficulties` are tasks if keys is a multiple of them; in other environments `fresh_seeds = false` makes each task "
        + "one fixed episode."),
    .integer(
      "repeats", \.repeats, 1...4096,
      "Episodes of a task in a plan, in the mean: a plan has keys * repeats episodes. Of \"bandit\", "
        + "\"balance\" and \"restart\": episodes of each group."
    ),
    .integer(
      "minimum_repeats", \.minimumRepeats, 0...4096,
      "Of \"knapsack\": episodes that every task gets in a plan. With 0, a task that was lost for long is never tried again."
    ),
    .real(
      "success_weight", \.successWeight, 0.0001...1,
      "Weight of the newest episode in the moving average that estimates a task's success rate, which begins at 1/2."),
    .real(
      "exploration", \.exploration, 0...1000,
      "Of \"bandit\": alpha in the bonus sqrt(alpha ln n / n_a) for tasks that were seldom chosen; the greatest value is 1."
    ),
    .boolean(
      "fresh_seeds", \.freshSeeds,
      "Draws another seed for each group; all episodes of a group begin with the same one in any case. false gives a task "
        + "the same seed for the whole run."),
    .text(
      "temperatures", \.temperatures, .text,
      "Of \"balance\": the temperatures that it compares, from 0.01 to 100, separated by spaces. The actors' logits are divided "
        + "by them. PPO's clip keeps the policy near the one that acted, so that it drifts towards the tempered one; "
        + "docs/methods.md shows how far."),
    .integer(
      "wins", \.wins, 1...4096,
      "Of \"balance\": n*, wins of different lengths in a group beyond which more of them count no more."),
    .text(
      "thresholds", \.thresholds, .text,
      "Of \"restart\": the thresholds that it compares, from 0 to 1, separated by spaces. An episode is cut where the chance "
        + "V_0 / (V_0 + V_t) that a new start is better is above the threshold; V_0 and V_t are the values of its first and its "
        + "current observation. 0 never cuts and has to be among them, so that values of all states stay measured. A cut "
        + "episode is truncated: the value of its last observation stands for the rest."),
    .text(
      "steering", \.steering, .optionalText,
      "Steers the episodes of any plan by values (value-augmented sampling): strengths from -1000 to 1000 separated by spaces, "
        + "one for each value head. Each adds its strength times the value of what an action leads to, less the mean over the "
        + "actions, to the action's logit. The world has to say what an action leads to, which only CaptionGrid does; a step "
        + "takes one more inference for each action. Empty: none."),
  ]
}
