/// The reference page of the metrics, generated from `MetricName`.
public enum MetricReference {
  /// The text of docs/metrics.md.
  public static var markdown: String {
    var text = """
      # Metrics

      <!-- Generated from MetricName by `TENGU_WRITE_REFERENCE=1 swift test --filter Reference`. -->

      The learner appends one JSON object a line to `metrics.jsonl` in the run's directory:
      `{"time":1769904000.5,"step":1024,"session":1,"episode/return_mean":12.5,...}`. `time` is in seconds since 1970 (UTC),
      `step` in environment steps trained on. A number that is not finite is `null`; a number that is not known yet is
      absent. `session` is 1 for the run's first learner, and one more for each learner that resumed it and wrote a
      line. A resumed run returns to the step of its checkpoint: the lines of a session replace those of earlier
      sessions from its first step on. While the disk does not take lines they wait in memory, and are written later
      with their own times.

      The same metrics go to other sinks if the run's configuration asks for them; [operations.md](operations.md#metrics)
      shows how. `telemetry.tensorboard` writes TensorBoard event files, in which the tags are the names below, with
      `episode/returns` as histograms, `evaluation/episode` as images and `labels/newest` as a text. `telemetry.prometheus` serves `/metrics` and `/health`
      over HTTP. The type is that of Prometheus: a counter only rises while a learner runs, a gauge rises and falls. The
      Prometheus name of `run/steps_trained` is `tengu_run_steps_trained_total`, that of `policy/version` is
      `tengu_policy_version`; sizes are in bytes.

      `fact/NAME` is the mean of a fact that the environment reports for each episode, over the last `telemetry.episodes` that have it:
      the deepest level and the reward channels of NetHackFull, for instance, or the scalars of the last `info` of a Python
      environment. Spaces of the name are underscores. Prometheus has all of them as `tengu_fact` with the label `fact`.

      | Name | Type | Unit | Meaning |
      |---|---|---|---|

      """
    for name in MetricName.allCases {
      text += "| `\(name.rawValue)` | \(name.kind.rawValue) | \(name.definition.unit) | \(name.definition.meaning) |\n"
    }
    return text
  }
}
