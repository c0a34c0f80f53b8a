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

  public init() {}

  /// The numbers of `temperatures`; nil where a word is no number.
  public var temperatureGrid: [Float?] { temperatures.split(separator: " ").map { Float($0) } }

  /// Whether the run has a plan.
  public var isThere: Bool { kind != .none }

  static let fields: [SectionField<PlanSection>] = [
    .choice(
      "kind", \.kind,
      "Which tasks the next episodes play, where a task is a seed modulo `plan.keys`. \"none\": every environment draws its "
        + "seeds. \"uniform\": all tasks equally often. \"knapsack\": more episodes for tasks that are won now and then, "
        + "fewer for those that are always or never won. \"bandit\": tasks whose success rate moves (UCB1). \"balance\": all "
        + "tasks, at the temperature that brings the best balance of success and different wins (B-STaR). Workers "
        + "behind a relay do not follow plans, and a run with several learners cannot have one."),
    .integer(
      "keys", \.keys, 1...4096,
      "Number of tasks. An episode of task k has a seed with seed mod keys = k, so that CaptionGrid's `layouts` or "
        + "`difficulties` are tasks if keys is a multiple of them; in other environments `fresh_seeds = false` makes each task "
        + "one fixed episode."),
    .integer(
      "repeats", \.repeats, 1...4096,
      "Episodes of a task in a plan, in the mean: a plan has keys * repeats episodes. Of \"bandit\" and \"balance\": episodes of each group."
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
  ]
}
