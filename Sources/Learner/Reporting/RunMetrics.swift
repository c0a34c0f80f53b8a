import ActorCritic
import Captions
import IntrinsicReward
import Sessions
import Telemetry
import Wire

/// Statistics that the metrics show completely: a change of any counter changes a metric. (A test checks it.)
protocol MetricSource {
  /// nil for a number that is not known yet.
  var metrics: [MetricName: Double?] { get }
}

extension RunCounters: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .stepsPlayed: Double(playedSteps), .stepsTrained: Double(trainedSteps), .stepsDiscarded: Double(discardedSteps),
      .stepsDiscardedStale: Double(discardedStale), .stepsDiscardedOverflow: Double(discardedOverflow),
      .stepsDiscardedByRestart: Double(discardedByRestart), .stepsDiscardedNotFinite: Double(discardedNotFinite),
      .stepsDiscardedUnlabelled: Double(discardedUnlabelled), .updates: Double(policyVersion),
      .policyVersion: Double(policyVersion), .skippedUpdates: Double(skippedUpdates), .episodes: Double(episodes),
    ]
  }
}

extension TrainStatistics: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .batchFrames: Double(frames), .policyLoss: policyLoss, .valueLoss: valueLoss, .entropy: entropy,
      .gradientNorm: gradientNorm, .ratioMean: meanRatio, .approximateKL: divergence, .clippedShare: clipFraction,
      .explainedVariance: explainedVariance, .advantageMean: advantageMean, .advantageDeviation: advantageDeviation,
      .policyLagMinimum: Double(minimumPolicyLag), .policyLagMean: meanPolicyLag,
      .policyLagMaximum: Double(maximumPolicyLag),
    ]
  }
}

extension RewardStatistics: MetricSource {
  var metrics: [MetricName: Double?] {
    func share(_ count: Int) -> Double? { steps > 0 ? Double(count) / Double(steps) : nil }
    return [
      .extrinsicMean: meanExtrinsic, .intrinsicMean: meanIntrinsic, .labelledShare: coverage,
      .captionedShare: share(captionedSteps), .paidShare: share(paidSteps), .extrinsicClippedShare: share(clippedSteps),
    ]
  }
}

extension RewardModelStatistics: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .rewardModelVersion: Double(version), .rewardModelSteps: Double(steps),
      .rewardModelSkipped: Double(skippedSteps), .rewardModelLoss: loss, .rewardModelAgreement: agreement,
      .rewardModelTrainingAgreement: trainingAgreement, .rewardModelHeldOut: Double(heldOut),
      .rewardModelScored: Double(scored), .rewardModelHeadDeviation: headDeviation,
      .rewardModelPairWeight: pairWeight, .rewardModelSeconds: seconds,
    ]
  }
}

extension LedgerStatistics: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .captionsSeen: Double(seen), .captionQuestions: Double(questions), .captionsQueued: Double(queued),
      .captionsInFlight: Double(inFlight), .captionsLabelled: Double(labelled), .captionsAbstained: Double(abstained),
      .captionsIgnored: Double(ignored), .captionsAsked: Double(asked), .labelsReceived: Double(labelsReceived),
      .abstentionsReceived: Double(abstentionsReceived), .captionsReturned: Double(returned),
      .captionTokens: Double(tokens), .captionsOverflowed: Double(overflowed), .labelsRefused: Double(refused),
      .labelsLate: Double(late), .captionsExpired: Double(expired), .captionsReleased: Double(released),
      .captionsUnanswered: Double(unanswered),
    ]
  }
}

extension PairLedger.Statistics: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .pairsAsked: Double(asked), .pairsAnswered: Double(answered), .pairsAbstained: Double(abstained),
      .pairsReturned: Double(returned), .pairsInFlight: Double(inFlight), .pairsRefused: Double(refused),
    ]
  }
}

extension PlanReport: MetricSource {
  var metrics: [MetricName: Double?] {
    let shares = successes.shares
    return [
      .planVersion: Double(version), .planEpisodes: Double(groups.episodes), .planGroups: Double(groups.groups),
      .planGroupsLost: Double(groups.lost),
      .planMixedShare: groups.groups > 0 ? Double(groups.mixed) / Double(groups.groups) : nil,
      .planSuccess: successes.mean, .planTasksLost: shares.lost, .planTasksMixed: shares.mixed,
      .planTasksWon: shares.won, .planTemperature: Double(chosen),
      .planThreshold: Double(chosenThreshold), .planCut: Double(groups.cut ?? 0),
    ]
  }
}

extension PeerStatistics: MetricSource {
  var metrics: [MetricName: Double?] { [.peersRefused: Double(refused), .peersBanned: Double(banned)] }
}

extension WorkerActivity: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .workerSteps: Double(steps), .workerDiscardedTrajectories: Double(discardedTrajectories),
      .workerEnvironmentErrors: Double(environmentErrors),
    ]
  }
}

extension RolloutTimes: MetricSource {
  /// A phase's share of the time; nil without any.
  private func share(_ seconds: Double) -> Double? { total > 0 ? seconds / total : nil }

  var metrics: [MetricName: Double?] {
    [
      .workerEnvironmentSeconds: environment, .workerInferenceSeconds: inference, .workerOtherSeconds: other,
      .workerWaitSeconds: wait, .workerPackSeconds: pack, .workerSendSeconds: send,
      .phaseWorkerEnvironment: share(environment), .phaseWorkerInference: share(inference),
      .phaseWorkerPack: share(pack), .phaseWorkerSend: share(send), .phaseWorkerWait: share(wait),
      .phaseWorkerOther: share(other),
    ]
  }
}

extension UpdateTimes: MetricSource {
  /// A phase's share of the trainer's time; nil without any.
  private func share(_ seconds: Double) -> Double? { total > 0 ? seconds / total : nil }

  var metrics: [MetricName: Double?] {
    [
      .waitSeconds: wait, .rewardSeconds: rewards, .trainSeconds: train, .publishSeconds: publish,
      .forwardSeconds: forward, .backwardSeconds: backward, .optimiserSeconds: optimiser, .savingSeconds: checkpoint,
      .phaseLearnerWait: share(wait), .phaseLearnerRewards: share(rewards), .phaseLearnerForward: share(forward),
      .phaseLearnerBackward: share(backward), .phaseLearnerOptimiser: share(optimiser),
      .phaseLearnerPublish: share(publish), .phaseLearnerCheckpoint: share(checkpoint),
      .phaseLearnerOther: share(trainRest),
    ]
  }
}

extension TrajectoryTraffic: MetricSource {
  var metrics: [MetricName: Double?] { [.bytesPerFrame: bytesPerFrame, .compressionRatio: compressionRatio] }
}

extension EpisodeWindow: MetricSource {
  var metrics: [MetricName: Double?] {
    [.returnMean: returnMean, .lengthMean: lengthMean, .successRate: successRate]
  }
}

extension EvaluationState: MetricSource {
  var metrics: [MetricName: Double?] {
    [
      .evaluationStep: latest.map { Double($0.step) }, .evaluationReturn: latest?.returnMean,
      .evaluationReturnLow: latest?.returnLow, .evaluationReturnHigh: latest?.returnHigh,
      .evaluationLength: latest?.lengthMean, .evaluationSuccess: latest?.successRate,
      .evaluationSeconds: latest?.seconds, .evaluationBestReturn: best?.returnMean,
      .evaluationBestStep: best.map { Double($0.step) }, .evaluationsFinished: Double(finished),
      .evaluationsSkipped: Double(skipped), .evaluationsFailed: Double(failed),
    ]
  }
}

extension RewardFact {
  /// The metric that shows it.
  var metric: MetricName {
    switch self {
    case .mean: .chainMean
    case .deviation: .chainDeviation
    case .quantile: .chainQuantile
    case .reference: .chainReference
    case .trust: .chainTrust
    case .anneal: .chainAnneal
    case .wins: .chainWins
    }
  }
}

extension TrainReport: MetricSource {
  var metrics: [MetricName: Double?] {
    var all = statistics.metrics
    all[.mismatch] = mismatch
    all[.policyLagQueued] = queuedLag
    all[.policyLagPlayed] = max(0, statistics.meanPolicyLag - queuedLag)
    for part in [rewards.metrics, rewardModel?.metrics ?? [:]] { all.merge(part) { $1 } }
    for (fact, value) in chain { all[fact.metric] = value }
    return all
  }
}

/// The monitors of a run: each alarm is logged when it begins and when it ends.
struct RunMonitors {
  private var monitors: [(metric: MetricName, monitor: any Monitor)] = [
    (.rewardHackingAlarm, RewardHackingMonitor()), (.teacherHackingAlarm, TeacherHackingMonitor()),
    (.noisyLabelsAlarm, NoisyRewardMonitor()),
  ]
  private var alarmed: Set<MetricName> = []

  /// Takes in the newest numbers.
  /// - Returns: lines to log.
  mutating func observe(_ reading: MonitorReading) -> [(level: LogLevel, text: String)] {
    var lines: [(level: LogLevel, text: String)] = []
    for index in monitors.indices {
      let (metric, name) = (monitors[index].metric, monitors[index].monitor.name)
      let reason = monitors[index].monitor.observe(reading)
      if let reason, alarmed.insert(metric).inserted { lines.append((.warning, "alarm: \(name): \(reason)")) }
      if reason == nil, alarmed.remove(metric) != nil { lines.append((.info, "the alarm is over: \(name)")) }
    }
    return lines
  }

  /// 1 where a monitor's alarm holds, else 0.
  var values: [MetricName: Double] {
    Dictionary(uniqueKeysWithValues: monitors.map { ($0.metric, alarmed.contains($0.metric) ? 1 : 0) })
  }
}
