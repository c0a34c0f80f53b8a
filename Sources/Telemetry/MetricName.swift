/// Every number a run records: its stable name, unit and meaning, declared here once.
///
/// docs/metrics.md is generated from this type. A name is never given another meaning; a metric that changes gets a new
/// one.
public enum MetricName: String, Sendable, CaseIterable {
  case environmentSteps = "run/environment_steps"
  case updates = "run/updates"
  case stepsPerSecond = "run/steps_per_second"
  case elapsedSeconds = "run/elapsed_seconds"

  case episodes = "episode/count"
  case returnMean = "episode/return_mean"
  case lengthMean = "episode/length_mean"
  case successRate = "episode/success_rate"

  case policyVersion = "policy/version"
  case policyLagMinimum = "policy/lag_minimum"
  case policyLagMean = "policy/lag_mean"
  case policyLagMaximum = "policy/lag_maximum"

  case queueBatches = "queue/batches"
  case unrollsReceived = "queue/unrolls_received"
  case unrollsTrained = "queue/unrolls_trained"
  case unrollsDiscarded = "queue/unrolls_discarded"

  case bytesPerFrame = "transport/bytes_per_frame"
  case compressionRatio = "transport/compression_ratio"

  case workers = "peer/workers"
  case annotators = "peer/annotators"

  case captionsSeen = "caption/seen"
  case captionsQueued = "caption/queued"
  case captionsInFlight = "caption/in_flight"
  case captionsLabelled = "caption/labelled"
  case captionsAbstained = "caption/abstained"
  case labelsPerSecond = "caption/labels_per_second"

  case extrinsicMean = "reward/extrinsic_mean"
  case intrinsicMean = "reward/intrinsic_mean"
  case labelledShare = "reward/labelled_share"

  case rewardModelVersion = "reward/model_version"
  case rewardModelSteps = "reward/model_steps"
  case rewardModelSkipped = "reward/model_skipped_steps"
  case rewardModelLoss = "reward/model_loss"
  case rewardModelAgreement = "reward/model_agreement"
  case rewardModelTrainingAgreement = "reward/model_training_agreement"
  case rewardModelHeldOut = "reward/model_held_out"
  case rewardModelScored = "reward/model_captions_scored"
  case rewardModelHeadDeviation = "reward/model_head_deviation"
  case rewardModelConsistency = "reward/model_consistency"
  case rewardModelPairWeight = "reward/model_pair_weight"
  case rewardModelSeconds = "reward/model_seconds"

  case rewardFlips = "reward/flips"
  case chainMean = "reward/chain_mean"
  case chainDeviation = "reward/chain_deviation"
  case chainQuantile = "reward/chain_quantile"
  case chainReference = "reward/chain_reference"
  case chainTrust = "reward/chain_trust"
  case chainAnneal = "reward/chain_anneal"
  case chainWins = "reward/chain_wins"

  case rewardHackingAlarm = "alarm/reward_hacking"
  case teacherHackingAlarm = "alarm/teacher_hacking"
  case noisyLabelsAlarm = "alarm/noisy_labels"

  case policyLoss = "loss/policy"
  case valueLoss = "loss/value"
  case entropy = "loss/entropy"
  case gradientNorm = "loss/gradient_norm"
  case clippedShare = "loss/clipped_share"
  case ratioMean = "loss/ratio_mean"

  case waitSeconds = "time/wait_seconds"
  case rewardSeconds = "time/reward_seconds"
  case trainSeconds = "time/train_seconds"
  case publishSeconds = "time/publish_seconds"
  case checkpointSeconds = "time/checkpoint_seconds"

  case workerEnvironmentSeconds = "worker/environment_seconds"
  case workerInferenceSeconds = "worker/inference_seconds"
  case workerOtherSeconds = "worker/other_seconds"
  case workerWaitSeconds = "worker/wait_seconds"

  case residentMegabytes = "process/resident_megabytes"
  case lostLogLines = "process/lost_log_lines"

  /// The unit and one sentence.
  public var definition: (unit: String, meaning: String) {
    switch self {
    case .environmentSteps: ("steps", "Environment steps received, over all workers and resumes.")
    case .updates: ("updates", "Optimiser updates, over all resumes.")
    case .stepsPerSecond: ("steps/s", "Environment steps that arrived per second (SPS), over a sliding window.")
    case .elapsedSeconds: ("s", "Time since this learner started.")
    case .episodes: ("episodes", "Episodes finished, over all workers.")
    case .returnMean: ("reward", "Mean undiscounted extrinsic return of the last episodes, before scale and clip.")
    case .lengthMean: ("steps", "Mean length of the last episodes.")
    case .successRate: ("share", "Share of the last episodes that reached their task's goal.")
    case .policyVersion: ("versions", "Version of the newest policy.")
    case .policyLagMinimum: ("versions", "Smallest policy lag in the last batch.")
    case .policyLagMean: ("versions", "Mean policy lag of the last batch.")
    case .policyLagMaximum: ("versions", "Largest policy lag in the last batch.")
    case .queueBatches: ("batches", "Full batches that wait for the trainer.")
    case .unrollsReceived: ("unrolls", "Unrolls received.")
    case .unrollsTrained: ("unrolls", "Unrolls trained on.")
    case .unrollsDiscarded: ("unrolls", "Unrolls discarded because their policy was too old or they were malformed.")
    case .bytesPerFrame:
      ("bytes", "Bytes of the trajectories received since the last record, as they travelled, per environment step.")
    case .compressionRatio: ("ratio", "Bytes the same trajectories take uncompressed, over those that travelled.")
    case .workers: ("peers", "Workers connected.")
    case .annotators: ("peers", "Annotators connected.")
    case .captionsSeen: ("captions", "Distinct captions met.")
    case .captionsQueued: ("captions", "Captions that wait for an annotator.")
    case .captionsInFlight: ("captions", "Captions an annotator is at work on.")
    case .captionsLabelled: ("captions", "Captions with a label.")
    case .captionsAbstained: ("captions", "Captions an annotator gave no usable answer to.")
    case .labelsPerSecond: ("labels/s", "Labels that arrived per second, over a sliding window.")
    case .extrinsicMean:
      ("reward", "Mean extrinsic reward of a step in the last batch, after scale, clip and coefficient.")
    case .intrinsicMean: ("reward", "Mean intrinsic reward of a step in the last batch, after chain and coefficient.")
    case .labelledShare: ("share", "Share of the last batch's captions that the reward model could score.")
    case .rewardModelVersion: ("versions", "Version of the learned reward model that captions are scored with.")
    case .rewardModelSteps: ("steps", "Training steps of the learned reward model, over all resumes.")
    case .rewardModelSkipped: ("steps", "Those of this session whose gradient was not finite; they changed nothing.")
    case .rewardModelLoss: ("nats", "Mean loss of the training steps between the latest two versions.")
    case .rewardModelAgreement:
      ("share", "Share of the held-out labels, or of pairs of them, that the latest version agrees with.")
    case .rewardModelTrainingAgreement:
      ("share", "Share of labels trained on, 10,000 at most, or of pairs of them, that the latest version agrees with.")
    case .rewardModelHeldOut: ("labels", "Labels held out: one in ten after the first 256.")
    case .rewardModelScored: ("captions", "Captions scored in this session, each once for each version.")
    case .rewardModelHeadDeviation:
      ("reward", "Mean over the captions of the deviation between what an ensemble's heads say of one.")
    case .rewardModelConsistency:
      ("share", "CREAM's C: how far the latest two versions rank captions alike; 1 = entirely.")
    case .rewardModelPairWeight:
      ("share", "UPO: mean weight of the pairs of the steps between the latest two versions.")
    case .rewardModelSeconds: ("s", "CPU time spent in this session on learning the reward and scoring captions.")
    case .rewardFlips:
      ("captions", "Captions that came to be worth something, or ceased to, between the latest two checkpoints.")
    case .rewardHackingAlarm: ("0 or 1", "1 while the intrinsic reward rises and the success rate, or return, falls.")
    case .teacherHackingAlarm:
      ("0 or 1", "1 while the reward model moves towards the labels it learns and away from those held out.")
    case .noisyLabelsAlarm: ("0 or 1", "1 while more than three held-out labels of ten are not as foretold.")
    case .chainMean: ("reward", "Reward chain: mean of the scores that standardise or ppr measures others by.")
    case .chainDeviation: ("reward", "Reward chain: their deviation.")
    case .chainQuantile: ("reward", "Reward chain: the score above which quantile pays.")
    case .chainReference: ("reward", "Reward chain: mean score of par's references.")
    case .chainTrust: ("factor", "Reward chain: what trust multiplies rewards by.")
    case .chainAnneal: ("factor", "Reward chain: what anneal multiplies rewards by.")
    case .chainWins: ("share", "Reward chain: episodes won, of those that ppr or information has seen end.")
    case .policyLoss: ("loss", "Policy loss of the last update.")
    case .valueLoss: ("loss", "Value loss of the last update, before its coefficient.")
    case .entropy: ("nats", "Mean entropy of the target policy in the last batch.")
    case .gradientNorm: ("norm", "Euclidean norm of the last gradient before clipping.")
    case .clippedShare: ("share", "Share of the last batch's steps whose probability ratio was clipped.")
    case .ratioMean: ("ratio", "Mean ratio of target to behaviour probability in the last batch.")
    case .waitSeconds: ("s", "Time the trainer waited for batches since the last record.")
    case .rewardSeconds: ("s", "Time the trainer spent on labels and rewards since the last record.")
    case .trainSeconds: ("s", "Time the trainer spent in updates since the last record.")
    case .publishSeconds: ("s", "Time the trainer spent on publishing policies since the last record.")
    case .workerEnvironmentSeconds:
      ("s", "Time rollout threads stepped environments since the last record, summed over all workers' heartbeats.")
    case .workerInferenceSeconds: ("s", "Time rollout threads spent in the policy network, summed likewise.")
    case .workerOtherSeconds: ("s", "Time rollout threads spent on the rest of their unrolls, summed likewise.")
    case .workerWaitSeconds: ("s", "Time rollout threads waited for credit, summed likewise.")
    case .checkpointSeconds: ("s", "Time the last checkpoint took.")
    case .residentMegabytes: ("MiB", "Resident memory of the learner.")
    case .lostLogLines: ("lines", "Log lines that could not be written.")
    }
  }
}
