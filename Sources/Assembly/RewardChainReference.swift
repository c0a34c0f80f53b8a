import Configuration
import IntrinsicReward

/// The page about `reward.chain`, generated from `RewardTransformEntry.all`.
public enum RewardChainReference {
  /// The text of docs/reward-chain.md.
  public static var markdown: String {
    var text = preface + "\n| Transform | Kind | Parameters | Effect on the reward r |\n|---|---|---|---|\n"
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

    A reward model scores the caption that a step led to. `reward.chain` lists the transforms that the score passes
    through before it is multiplied by `reward.intrinsic_coefficient`. Transforms are separated by spaces and applied
    from left to right; each may have parameters in brackets. The default, `"count"`, is ONI's. An empty chain pays the
    score itself.

    ```toml
    [reward]
    chain = "standardise(decay=0.999) par(slope=1, references=20) trust(weight=0.3) count anneal(updates=500)"
    ```

    On the command line, quote the field as one argument: `'reward.chain=par(slope=2) count'`.

    The score of a step is unknown if it has no caption or the model cannot score the caption. An unknown score is paid
    nothing and does not enter means and quantiles; it is not a score of 0.

    ## Transforms

    """

  private static let rules = """

    ## Rules

    - A chain contains each transform at most once, in the order scaling, bounding, trust, novelty, shaping, annealing.
    - At most one transform bounds (but `clip delta` may be together, in this order), and at most one shapes.
    - `trust` needs rewards in 0 ... 1: put `par` before it, or use the retrieval, classification, novelty or similarity
      reward model without `standardise`, `clip`, `delta` and `ppr`.
    - `ppr` contains the episode's outcome: set `reward.extrinsic_coefficient` to 0, and use neither `count` nor
      `anneal`.
    - A shaping transform replaces the scores. `potential` may follow `standardise` and `quantile`; `information` does
      not read scores and comes first. `anneal` may follow both.
    - With `reward.model = "none"` there is nothing to transform, so the chain must keep its default.

    ## Notes

    - With labels of 0 and 1, `par` pays captions of label 0 about one half. The policy learns from the difference, and
      `count` keeps it from repeating such captions.
    - `clip` turns every step into a cost or nothing, so that dying early may pay. `delta` does not.
    - `delta` credits a step with its own score alone: the rewards that follow cancel it out, but for the discount.
    - `potential` preserves the optimal policies only with the discount that the policy is trained with.
    - `trust` and `ppr` tell success from failure by the task's own goal. A task without a goal never succeeds.
    - Checkpoints contain running moments, the latest scores, the references of `par` and the episodes of
      `trust`. State by caption id (`information`) or by running episode starts from scratch after a restart, and so does a
      transform that the checkpoint does not contain; the log names it.
    - `metrics.jsonl` has `reward/chain_*` for the transforms of the chain; see [metrics.md](metrics.md).

    """
}
