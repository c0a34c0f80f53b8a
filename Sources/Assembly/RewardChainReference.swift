import Configuration
import IntrinsicReward

/// The page about `reward.chain`, generated from `RewardTransformEntry.all`.
public enum RewardChainReference {
  /// The text of docs/reward-chain.md.
  public static var markdown: String {
    var text = preface + "\n| Transform | Kind | Parameters | What it makes of r |\n|---|---|---|---|\n"
    for entry in RewardTransformEntry.all {
      let parameters = entry.parameters.map { parameter in
        "`\(parameter.name)` = \(defaultText(parameter)): \(parameter.explanation); \(parameter.allowed.description)"
      }
      text += "| `\(entry.name)` | \(entry.kind) | \(parameters.joined(separator: "<br>")) | \(entry.explanation) |\n"
    }
    return text + rules
  }

  private static func defaultText(_ parameter: RewardTransformEntry.Parameter) -> String {
    guard let value = parameter.defaultValue else { return parameter.defaultText }
    return parameter.isInteger ? "\(Int(value))" : ConfigurationRange.bound(value)
  }

  private static let preface = """
    # The reward chain

    <!-- Generated from RewardTransformEntry.all by `TENGU_WRITE_REFERENCE=1 swift test --filter AssemblyTests`. -->

    A reward model scores the caption that a step led to. `reward.chain` says what the score goes through before
    `reward.intrinsic_coefficient` makes it the intrinsic reward: transforms parted by spaces, the first one first, each with
    its parameters in brackets or without. The default, `"count"`, is ONI's. An empty chain pays the score.

    ```toml
    [reward]
    chain = "standardise(decay=0.999) par(slope=1, references=20) trust(weight=0.3) count anneal(updates=500)"
    ```

    On the command line the same is one argument: `'reward.chain=par(slope=2) count'`.

    A step without a caption, or with one that the model cannot score, is unknown. Unknown is paid nothing, and is left out of
    means and quantiles; it is not a score of 0.

    ## Transforms

    """

  private static let rules = """

    ## Rules

    - Each transform stands in a chain once. Kinds come in the order scaling, bounding, trust, novelty, shaping, annealing.
    - At most one transform bounds, and at most one shapes.
    - `trust` needs rewards in 0 ... 1: `par` before it, or the retrieval or classification reward model as it is.
    - `ppr` contains the episode's outcome: `reward.extrinsic_coefficient` is 0, and `count` and `anneal` are not in the chain.
    - A shaping transform pays something else in the place of scores. `potential` may follow `standardise` and `quantile`;
      `information` reads no scores and comes first. `anneal` may follow both.
    - With `reward.model = "none"` there is nothing to transform.

    ## What is worth knowing

    - With labels of 0 and 1, `par` pays captions of no worth about one half; it is the difference that teaches, and `count`
      that keeps them from being repeated.
    - `clip` makes every step a cost or nothing, so that dying early may pay. `delta` does not.
    - `delta` credits a step with its own score alone: what follows it cancels out, but for the discount.
    - `potential` leaves the best policies what they are only with the discount that is learned with.
    - `trust` and `ppr` tell success from failure by the task's own goal. A task without one never succeeds.
    - Running moments, the latest scores, the references of `par` and the episodes of `trust` and `ppr` are saved in
      checkpoints. What goes by caption ids (`information`) or by running episodes begins anew after a restart, and so does
      a transform that the checkpoint does not have; the log names it.
    - `metrics.jsonl` has `reward/chain_*` for the transforms that are there; see [metrics.md](metrics.md).

    """
}
