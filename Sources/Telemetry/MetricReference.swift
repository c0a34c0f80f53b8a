/// The reference page of the metrics, generated from `MetricName`.
public enum MetricReference {
  /// The text of docs/metrics.md.
  public static var markdown: String {
    var text = """
      # Metrics

      <!-- Generated from MetricName by `TENGU_WRITE_REFERENCE=1 swift test --filter Reference`. -->

      The learner appends one JSON object a line to `metrics.jsonl` in the run's directory:
      `{"time":1769904000.5,"step":1024,"episode/return_mean":12.5,...}`. `time` is in seconds since 1970 (UTC), `step`
      in environment steps. A number that is not finite is `null`; a number that is not known yet is left out. After a
      resume from a checkpoint, `step` goes back to the checkpoint's; the later of two lines with the same step counts.

      | Name | Unit | Meaning |
      |---|---|---|

      """
    for name in MetricName.allCases {
      text += "| `\(name.rawValue)` | \(name.definition.unit) | \(name.definition.meaning) |\n"
    }
    return text
  }
}
