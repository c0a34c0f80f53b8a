/// The reference page of the configuration, generated from `RunConfiguration.fields`.
public enum ConfigurationReference {
  /// The text of docs/configuration.md.
  /// - Parameter additions: names and fields of the program's registry entries.
  public static func markdown(_ additions: SchemaAdditions) -> String {
    var text = """
      # Configuration

      <!-- Generated from RunConfiguration.fields by `TENGU_WRITE_REFERENCE=1 swift test --filter Reference`. -->

      A TOML file (`--config FILE`) and `section.field=value` on the command line configure a run. The command line
      overrides the file, and the file overrides the defaults below. Unknown fields, wrong types and values out of range
      are errors. `tengu --dry-run` prints the resolved configuration; every run keeps it as `config.toml`.

      Fields marked \\* determine the shape or the meaning of an unroll. A run can resume from a checkpoint only with
      the same values.

      Rules between fields:

      - `learner.batch_size` is a multiple of `learner.unroll_length` times `worker.environments_per_group`.
      - `learner.threads` is at most `learner.batch_size` / `learner.unroll_length`, the columns of a batch.
      - `learner.publish_updates` above 1 is at most `learner.maximum_policy_lag`.
      - `worker.double_buffered` needs `worker.groups_per_thread` = 2.
      - There is a reward: an extrinsic coefficient above 0, or a reward model with an intrinsic coefficient above 0.
      - A reward model that pays captions by their labels (retrieval, classification, ranking) needs an annotator, or
        the labels of an `annotator.store`.
      - `reward.model = "similarity"` needs `reward.goal_text`; `"rnd"` and `"e3b"` need
        `reward.count_exponent` = 0.
      - `reward.e3b_features = "inverse"` needs a task whose actions are choices. The matrices of a group of environments
        with `reward.model = "e3b"` take at most 1 GiB.
      - `reward.pretrain_steps`, `frozen` and `ensemble` need classification or ranking; `upo` and `fidelity` need
        ranking; `soft` needs classification; `goal_text` needs similarity.
      - `learner.value_heads = "separate"` needs an intrinsic reward; with `"single"`, `learner.intrinsic_discount` has
        no effect and must not be set.
      - `environment.character` is a hero of NetHack; a task refuses the fields of `[environment]` that it does not read.
      - `annotator.stub` needs the annotator that reads it; `annotator.uncertain_weight` above 0 needs a reward model that
        reports its uncertainty (classification, ranking).
      - With a language model, the prompts and the goal exist, and no server's address holds a password or a query.
        `language_model.file` excludes servers and their keys.
      - A field that has no effect in the run is refused on the command line. A file may set it, for arms of an
        experiment that make the other choice.
      - The transforms of `reward.chain` have further rules: see [reward-chain.md](reward-chain.md).

      """
    var section: Substring = ""
    for field in RunConfiguration(additions).fields {
      if field.section != section {
        section = field.section
        text += "\n## [\(section)]\n\n| Field | Default | Values | Meaning |\n|---|---|---|---|\n"
      }
      let mark = field.shapesUnrolls ? " \\*" : ""
      text += "| `\(field.name)`\(mark) | `\(field.defaultValue.toml)` | \(field.range.description) "
      text += "| \(field.explanation.replacingBars) |\n"
    }
    return text
  }
}

extension String {
  /// The text with its bars escaped, for a table cell.
  fileprivate var replacingBars: String {
    split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
