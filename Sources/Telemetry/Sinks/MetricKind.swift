/// How a metric moves, as Prometheus tells it.
public enum MetricKind: String, Sendable {
  /// Only rises while a learner runs.
  case counter
  /// Rises and falls.
  case gauge
}

extension MetricName {
  public var kind: MetricKind {
    switch self {
    case .stepsPlayed, .stepsTrained, .stepsDiscarded, .stepsDiscardedStale, .stepsDiscardedOverflow,
      .stepsDiscardedByRestart, .stepsDiscardedNotFinite, .stepsDiscardedUnlabelled, .updates, .skippedUpdates,
      .episodes, .unrollsReceived, .unrollsTrained, .unrollsDiscarded, .peersRefused, .peersBanned, .captionsSeen,
      .captionsAsked, .labelsReceived, .abstentionsReceived, .captionsReturned, .captionsExpired, .captionsReleased,
      .captionsUnanswered, .captionsOverflowed, .labelsRefused, .labelsLate, .captionTokens, .pairsAsked,
      .pairsAnswered, .pairsAbstained, .pairsReturned, .pairsRefused, .rewardModelSteps, .rewardModelSkipped,
      .rewardModelScored, .rewardModelSeconds, .workerSteps, .workerDiscardedTrajectories, .workerEnvironmentErrors,
      .writeFailures, .sinkFailures, .evaluationsFinished, .evaluationsSkipped, .evaluationsFailed:
      .counter
    default: .gauge
    }
  }

  /// The name in Prometheus: `run/steps_trained` is `tengu_run_steps_trained_total`. A counter ends in `_total`, and sizes
  /// are in bytes.
  public var prometheusName: String { prometheusFamily + (kind == .counter ? "_total" : "") }

  /// The name without the ending of a counter, which OpenMetrics calls the family.
  var prometheusFamily: String {
    "tengu_" + rawValue.replacing("/", with: "_").replacing("_megabytes", with: "_bytes")
  }

  /// What a value is multiplied by for Prometheus: it expects bytes, not MiB.
  var prometheusFactor: Double { self == .residentMegabytes ? 1_048_576 : 1 }
}
