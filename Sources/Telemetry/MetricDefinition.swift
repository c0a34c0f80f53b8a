extension MetricName {
  /// The unit and one sentence.
  public var definition: (unit: String, meaning: String) {
    switch self {
    case .stepsPlayed:
      (
        "steps",
        "Environment steps that workers played and the learner received, over all resumes: trained, "
          + "discarded and queued ones."
      )
    case .stepsTrained:
      ("steps", "Environment steps trained on, over all resumes. `run.steps` and every record's `step` count these.")
    case .stepsDiscarded:
      ("steps", "Environment steps received and never trained on, over all resumes; the sum of the next five.")
    case .stepsDiscardedStale: ("steps", "Environment steps discarded because their policy was too old.")
    case .stepsDiscardedOverflow: ("steps", "Environment steps discarded because the rollout queue was full.")
    case .stepsDiscardedByRestart:
      ("steps", "Environment steps that were in the rollout queue when an earlier session of the run ended.")
    case .stepsDiscardedNotFinite:
      ("steps", "Environment steps discarded because they lead to numbers that are not finite.")
    case .stepsDiscardedUnlabelled:
      ("steps", "Answers of a text policy discarded because their labels did not come in time.")
    case .updates: ("updates", "Updates applied to the policy, over all resumes.")
    case .skippedUpdates: ("updates", "Updates skipped because a tensor was not finite, over all resumes.")
    case .stepsPerSecond: ("steps/s", "Environment steps trained on per second (SPS), over a sliding window.")
    case .elapsedSeconds: ("s", "Time since this learner started.")
    case .episodes: ("episodes", "Episodes that ended, over all workers and resumes.")
    case .returnMean: ("reward", "Mean undiscounted extrinsic return of the last episodes, before scale and clip.")
    case .lengthMean: ("steps", "Mean length of the last episodes.")
    case .successRate: ("share", "Share of the last episodes that reached their task's goal.")
    case .evaluationStep: ("steps", "Step of the checkpoint that the latest evaluation played.")
    case .evaluationReturn: ("reward", "Mean undiscounted return of the latest evaluation's episodes.")
    case .evaluationReturnLow: ("reward", "Lower end of the 95 % interval of the latest evaluation's mean return.")
    case .evaluationReturnHigh: ("reward", "Upper end of the 95 % interval of the latest evaluation's mean return.")
    case .evaluationLength: ("steps", "Mean length of the latest evaluation's episodes.")
    case .evaluationSuccess: ("share", "Share of the latest evaluation's episodes that reached their task's goal.")
    case .evaluationSeconds: ("s", "Time from the start to the end of the latest evaluation's process.")
    case .evaluationBestReturn: ("reward", "Mean return of the best evaluation of the run.")
    case .evaluationBestStep: ("steps", "Step of the checkpoint of the best evaluation, which `best/` holds.")
    case .evaluationsFinished: ("evaluations", "Evaluations that gave a result in this session.")
    case .evaluationsSkipped:
      ("evaluations", "Evaluations skipped in this session because the one before was still running.")
    case .evaluationsFailed: ("evaluations", "Evaluations without a result in this session; the log says why.")
    case .policyVersion: ("versions", "Version of the newest policy.")
    case .policyLagMinimum: ("versions", "Smallest policy lag in the last batch.")
    case .policyLagMean: ("versions", "Mean policy lag of the last batch.")
    case .policyLagMaximum: ("versions", "Largest policy lag in the last batch.")
    case .policyLagPlayed:
      ("versions", "Part of the mean lag: versions published between acting and the unroll's arrival.")
    case .policyLagQueued: ("versions", "Part of the mean lag: versions from the unroll's arrival to its training.")
    case .planVersion: ("plans", "Number of the newest plan, over all resumes.")
    case .planEpisodes: ("episodes", "Episodes of plans that ended, over all resumes.")
    case .planGroups: ("groups", "Groups of two or more episodes of which all have ended, over all resumes.")
    case .planGroupsLost: ("groups", "Groups that were given up because a worker left with their episodes.")
    case .planMixedShare:
      ("share", "Share of the run's finished groups in which some episodes reached the goal and some did not.")
    case .planSuccess: ("share", "Success rate, averaged over the tasks whatever their share of the episodes.")
    case .planTasksLost: ("share", "Share of the tasks with a success rate below 0.1.")
    case .planTasksMixed: ("share", "Share of the tasks with a success rate from 0.1 to 0.9.")
    case .planTasksWon: ("share", "Share of the tasks with a success rate above 0.9.")
    case .planCut: ("episodes", "Episodes of plans that were cut to begin again, over all resumes.")
    case .planThreshold:
      ("share", "Chance that a new start is better above which most episodes of the plan are cut; 0 = never.")
    case .planTemperature: ("ratio", "What the policy's logits are divided by in most episodes of the plan.")
    case .queueBatches: ("batches", "Full batches that wait for the trainer.")
    case .unrollsReceived: ("unrolls", "Unrolls received.")
    case .unrollsTrained: ("unrolls", "Unrolls trained on.")
    case .unrollsDiscarded:
      ("unrolls", "Unrolls discarded because their policy was too old, the queue was full or the learner restarted.")
    case .bytesPerFrame:
      ("bytes", "Bytes of the trajectory messages received since the last record, per environment step.")
    case .compressionRatio:
      ("ratio", "Bytes that the same messages would take uncompressed, over the bytes that they took.")
    case .workers: ("peers", "Connected workers.")
    case .annotators: ("peers", "Connected annotators.")
    case .peersRefused: ("refusals", "Messages and connections refused since this learner started.")
    case .peersBanned: ("connections", "Connections that the learner stopped listening to since it started.")
    case .captionsSeen: ("captions", "Distinct captions met.")
    case .captionsQueued: ("captions", "Captions that wait for an annotator.")
    case .captionsInFlight: ("captions", "Captions that an annotator has and has not answered.")
    case .captionsLabelled: ("captions", "Captions with a label.")
    case .captionsAbstained: ("captions", "Captions for which an annotator gave no usable answer.")
    case .captionsIgnored: ("captions", "Captions whose stored labels all come from origins that do not count.")
    case .captionQuestions: ("questions", "Distinct questions; fewer than captions if captions share templates.")
    case .captionsAsked: ("captions", "Captions given to annotators in this session, each time counted.")
    case .labelsReceived: ("labels", "Labels accepted in this session.")
    case .abstentionsReceived: ("answers", "Abstentions accepted in this session.")
    case .captionsReturned:
      ("captions", "Captions given to annotators in this session that came back without an answer.")
    case .captionsExpired: ("captions", "Captions that came back in this session because their task's deadline passed.")
    case .captionsReleased: ("captions", "Captions that came back in this session because their annotator left.")
    case .captionsUnanswered:
      ("captions", "Captions that came back in this session because the answer to their task omitted them.")
    case .captionsOverflowed:
      ("captions", "New captions rejected in this session because the ledger was full, each time counted.")
    case .labelsRefused: ("answers", "Answers refused in this session.")
    case .labelsLate: ("answers", "Answers accepted in this session after their task's deadline.")
    case .captionTokens: ("tokens", "Tokens of the questions and answers of this run, as annotators counted them.")
    case .labelsPerSecond: ("labels/s", "Labels that arrived per second, over a sliding window.")
    case .answerSeconds:
      ("s", "Mean time from a task's receipt to its answer, over tasks answered since the last record.")
    case .pairsAsked: ("pairs", "Pairs of captions given to annotators in this session, each time counted.")
    case .pairsAnswered: ("pairs", "Pairs answered with a preference or a tie in this session.")
    case .pairsAbstained: ("pairs", "Pairs for which an annotator gave no usable answer in this session.")
    case .pairsReturned: ("pairs", "Pairs that came back without an answer in this session.")
    case .pairsInFlight: ("pairs", "Pairs that an annotator has and has not answered.")
    case .pairsRefused: ("answers", "Answers about pairs refused in this session.")
    case .extrinsicMean:
      ("reward", "Mean extrinsic reward of a step in the last batch, after scale, clip and coefficient.")
    case .intrinsicMean: ("reward", "Mean intrinsic reward of a step in the last batch, after chain and coefficient.")
    case .labelledShare: ("share", "Share of the last batch's captions that the reward model could score.")
    case .captionedShare: ("share", "Share of the last batch's steps that led to a caption.")
    case .paidShare: ("share", "Share of the last batch's steps with an intrinsic reward other than 0.")
    case .extrinsicClippedShare:
      ("share", "Share of the last batch's steps whose scaled extrinsic reward exceeded the clip.")
    case .rewardModelVersion: ("versions", "Version of the learned reward model that captions are scored with.")
    case .rewardModelSteps: ("steps", "Training steps of the learned reward model, over all resumes.")
    case .rewardModelSkipped: ("steps", "Training steps skipped in this session because their gradient was not finite.")
    case .rewardModelLoss: ("nats", "Mean loss of the training steps between the latest two versions.")
    case .rewardModelAgreement:
      ("share", "Share of the held-out labels, or of pairs of them, that the latest version agrees with.")
    case .rewardModelTrainingAgreement:
      ("share", "Share of labels trained on, 10,000 at most, or of pairs of them, that the latest version agrees with.")
    case .rewardModelHeldOut: ("labels", "Labels held out: one in ten after the first 256.")
    case .rewardModelScored: ("captions", "Captions scored in this session, each once for each version.")
    case .rewardModelHeadDeviation:
      ("reward", "Mean over the captions of the standard deviation between the scores of an ensemble's heads.")
    case .rewardModelPairWeight:
      ("share", "UPO: mean weight of the pairs of the steps between the latest two versions.")
    case .rewardModelSeconds: ("s", "CPU time spent in this session on training the reward model and scoring captions.")
    case .rewardFlips:
      ("captions", "Captions whose score changed between above 0 and not above 0 between the latest two checkpoints.")
    case .rewardHackingAlarm: ("0 or 1", "1 while the intrinsic reward rises and the success rate, or return, falls.")
    case .teacherHackingAlarm:
      ("0 or 1", "1 while the reward model moves towards the labels it learns and away from those held out.")
    case .noisyLabelsAlarm:
      ("0 or 1", "1 while the reward model disagrees with more than three of ten held-out labels.")
    case .chainMean: ("reward", "Reward chain: mean of the scores that standardise compares others with.")
    case .chainDeviation:
      ("reward", "Reward chain: standard deviation of the scores that standardise compares others with.")
    case .chainQuantile: ("reward", "Reward chain: the score above which quantile pays.")
    case .chainReference: ("reward", "Reward chain: mean score of par's references.")
    case .chainTrust: ("factor", "Reward chain: the factor by which trust multiplies rewards.")
    case .chainAnneal: ("factor", "Reward chain: the factor by which anneal multiplies rewards.")
    case .chainWins: ("share", "Reward chain: share of won episodes among those that information has counted.")
    case .policyLoss: ("loss", "Policy loss of the last update.")
    case .valueLoss: ("loss", "Value loss of the last update, before its coefficient.")
    case .entropy: ("nats", "Mean entropy of the target policy in the last batch.")
    case .gradientNorm: ("norm", "Euclidean norm of the last gradient before clipping.")
    case .clippedShare: ("share", "Share of the last batch's steps whose probability ratio was clipped.")
    case .ratioMean: ("ratio", "Mean ratio of target to behaviour probability in the last batch.")
    case .mismatch:
      (
        "nats",
        "KL divergence between a worker's log-probabilities and those that the learner computes from the same "
          + "parameters, in the latest unroll that was compared. 0 unless a worker computes differently."
      )
    case .approximateKL:
      (
        "nats",
        "KL divergence of the target policy from the behaviour policy in the last batch, estimated from "
          + "the ratios."
      )
    case .explainedVariance:
      (
        "share",
        "Variance of the last batch's value targets that the values explain: 1 - Var(target - value) / "
          + "Var(target)."
      )
    case .advantageMean: ("reward", "Mean advantage in the last batch, before normalisation.")
    case .advantageDeviation:
      ("reward", "Standard deviation of the advantages in the last batch, before normalisation.")
    case .batchFrames: ("steps", "Environment steps of the last batch.")
    case .waitSeconds: ("s", "Time the trainer waited for batches since the last record.")
    case .rewardSeconds: ("s", "Time the trainer spent on labels and rewards since the last record.")
    case .trainSeconds: ("s", "Time the trainer spent in updates since the last record.")
    case .forwardSeconds:
      ("s", "Part of the train steps since the last record: the network's forward pass, V-trace and advantages.")
    case .backwardSeconds:
      ("s", "Part of the train steps since the last record: the loss, the backward pass and the sum of the gradients.")
    case .optimiserSeconds: ("s", "Part of the train steps since the last record: clipping and Adam.")
    case .savingSeconds: ("s", "Time the trainer spent on saving checkpoints since the last record.")
    case .publishSeconds: ("s", "Time the trainer spent on publishing policies since the last record.")
    case .workerEnvironmentSeconds:
      ("s", "Time rollout threads stepped environments since the last record, summed over all workers' heartbeats.")
    case .workerInferenceSeconds:
      (
        "s",
        "Time rollout threads spent in the policy network since the last record, summed over all "
          + "workers' heartbeats."
      )
    case .workerOtherSeconds:
      (
        "s",
        "Time rollout threads spent on the rest of their unrolls since the last record, summed over all "
          + "workers' heartbeats."
      )
    case .workerWaitSeconds:
      ("s", "Time rollout threads waited for credit since the last record, summed over all workers' heartbeats.")
    case .workerPackSeconds:
      (
        "s",
        "Time workers packed and compressed trajectories since the last record, summed over all workers' heartbeats."
      )
    case .workerSendSeconds:
      (
        "s",
        "Time workers handed trajectories to their sockets since the last record, summed over all workers' heartbeats."
      )
    case .workerSteps:
      (
        "steps",
        "Environment steps that workers have reported in heartbeats since this learner started, unsent "
          + "ones included."
      )
    case .workerDiscardedTrajectories:
      ("unrolls", "Unrolls that workers discarded instead of sending them, since this learner started.")
    case .workerEnvironmentErrors:
      ("errors", "Environments of workers that failed and were made again, since this learner started.")
    case .workerCaptions: ("captions", "Captions in the tables of the connected workers, summed.")
    case .phaseLearnerWait: ("share", "Share of the trainer's time since the last record: waiting for a batch.")
    case .phaseLearnerRewards: ("share", "Share of the trainer's time since the last record: labels and rewards.")
    case .phaseLearnerForward:
      ("share", "Share of the trainer's time since the last record: forward pass, V-trace and advantages.")
    case .phaseLearnerBackward:
      ("share", "Share of the trainer's time since the last record: loss, backward pass, sum of the gradients.")
    case .phaseLearnerOptimiser: ("share", "Share of the trainer's time since the last record: clipping and Adam.")
    case .phaseLearnerPublish: ("share", "Share of the trainer's time since the last record: publishing policies.")
    case .phaseLearnerCheckpoint: ("share", "Share of the trainer's time since the last record: saving checkpoints.")
    case .phaseLearnerOther:
      ("share", "Share of the trainer's time since the last record: the rest of the train steps.")
    case .phaseRewardModel:
      ("share", "CPU time of the reward model's training and scoring since the last record, over the time that passed.")
    case .phaseWorkerEnvironment: ("share", "Share of the workers' time since the last record: stepping environments.")
    case .phaseWorkerInference:
      ("share", "Share of the workers' time since the last record: policy network and sampling.")
    case .phaseWorkerPack:
      ("share", "Share of the workers' time since the last record: packing and compressing trajectories.")
    case .phaseWorkerSend:
      ("share", "Share of the workers' time since the last record: handing trajectories to the socket.")
    case .phaseWorkerWait: ("share", "Share of the workers' time since the last record: waiting for credit.")
    case .phaseWorkerOther: ("share", "Share of the workers' time since the last record: the rest of the unrolls.")
    case .sinkFailures:
      ("failures", "Failures of the metric sinks other than metrics.jsonl, in this session: event file, HTTP endpoint.")
    case .checkpointSeconds: ("s", "Time the last checkpoint took.")
    case .residentMegabytes: ("MiB", "Resident memory of the learner.")
    case .lostLogLines: ("lines", "Log lines that the file lacks; those that wait for its disk count, too.")
    case .labelsWaiting: ("answers", "Answers of annotators that are not on disk yet.")
    case .writeFailures: ("attempts", "Attempts to write a file of the run that failed, in this session.")
    }
  }
}
