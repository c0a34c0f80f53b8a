/// The reference page of the configuration, generated from `ConfigurationField.all`.
public enum ConfigurationReference {
  /// The text of docs/configuration.md.
  public static var markdown: String {
    var text = """
      # Configuration

      <!-- Generated from ConfigurationField.all by `TENGU_WRITE_REFERENCE=1 swift test --filter Reference`. -->

      A run is configured by a TOML file (`--config FILE`) and by `section.field=value` on the command line. The command
      line wins over the file, and the file over the defaults below. Unknown fields, wrong types and values out of range
      are errors. `tengu --dry-run` prints the resolved configuration; every run keeps it as `config.toml`.

      Fields marked \\* fix the shape or the meaning of an unroll. A checkpoint can be resumed only with the same
      values.

      Rules between fields:

      - `learner.batch_size` is a multiple of `learner.unroll_length` times `worker.environments_per_group`.
      - `learner.publish_updates` above 1 is at most `learner.maximum_policy_lag`.
      - `worker.double_buffered` needs `worker.groups_per_thread` = 2.
      - Something must pay: an extrinsic coefficient above 0, or a reward model with an intrinsic coefficient above 0.
      - A reward model that pays by labels (retrieval, classification, ranking) needs an annotator, or the labels of an
        `annotator.store`.
      - `reward.model = "similarity"` needs `reward.goal_text`; `"rnd"` needs `reward.count_exponent` = 0.
      - `reward.pretrain_steps`, `frozen` and `ensemble` go with classification and ranking; `cream` and `upo` with ranking.
      - `learner.value_heads = "separate"` needs an intrinsic reward; with `"single"`, `learner.intrinsic_discount` is
        not set.
      - The transforms of `reward.chain` have rules of their own: see [reward-chain.md](reward-chain.md).

      """
    var section: Substring = ""
    for field in ConfigurationField.all {
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
  /// Safe inside a table cell.
  fileprivate var replacingBars: String {
    split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
