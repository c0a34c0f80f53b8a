/// Bounds that several fields share. They are wide: they refuse slips of the keyboard, not bold experiments.
private enum Bound {
  static let seconds = 0.0...31_536_000.0
  static let positiveSeconds = 0.01...31_536_000.0
  static let coefficient = 0.0...1_000_000.0
  static let discount = 0.0...1.0
  static let share = 0.0...1.0
  static let layerSize = 0...16_384
}

extension ConfigurationField {
  /// Every field, in the order of the resolved text and of the reference page.
  public static let all: [ConfigurationField] =
    play + policy + rollout + update + vtrace + rewards + rewardLearning + rewardModels + annotation + languageModel
    + service

  private static let play: [ConfigurationField] = [
    .integer(
      "run.seed", \.run.seed, 0...Int.max, "Seed of every random stream of the run: network, episodes, actions."),
    .integer(
      "run.steps", \.run.steps, 1...Int.max,
      "Environment steps after which the run ends, counted over all workers and resumes."),
    .text(
      "environment.task", \.environment.task, shapesUnrolls: true, "Name of the task; `tengu envs` lists them."),
    .integer(
      "environment.maximum_episode_steps", \.environment.maximumEpisodeSteps, 0...1_000_000_000, shapesUnrolls: true,
      "Steps after which an episode is truncated. 0 keeps the task's own limit (NetHack: 5000)."),
    .text(
      "environment.character", \.environment.character, shapesUnrolls: true,
      "NetHack: role-race-gender-alignment of the hero, or \"@\" for a random one."),
    .integer(
      "environment.layouts", \.environment.layouts, 0...1_000_000_000, shapesUnrolls: true,
      "CaptionGrid: number of distinct maps. 0 makes a new map for every episode."),
    .integer(
      "environment.wordings", \.environment.wordings, 0...256, shapesUnrolls: true,
      "CaptionGrid: ways in which captions are worded, one an episode; none changes their meaning. 0 is one."),
  ]

  private static let policy: [ConfigurationField] = [
    .choice(
      "network.kind", \.network.kind, shapesUnrolls: true,
      "compact fits any observation and is made for CPUs; mlp has no convolutions; wide reads NetHack's whole map; "
        + "oni is the network of ONI's paper."),
    .integer(
      "network.embedding_size", \.network.embeddingSize, Bound.layerSize, shapesUnrolls: true,
      "Dimensions of the embedding of each categorical element, such as a map cell. 0: the kind's own."),
    .integer(
      "network.text_size", \.network.textSize, Bound.layerSize, shapesUnrolls: true,
      "Dimensions of the hashed n-gram embedding of text fields. 0: the kind's own."),
    .integer(
      "network.hidden_size", \.network.hiddenSize, Bound.layerSize, shapesUnrolls: true,
      "Units of the encoder's dense layers. 0: the kind's own."),
    .choice(
      "network.recurrent", \.network.recurrent, shapesUnrolls: true, "Kind of the recurrent cell; none has no memory."),
    .integer(
      "network.recurrent_size", \.network.recurrentSize, Bound.layerSize, shapesUnrolls: true,
      "Units of the recurrent cell. 0: the kind's own."),
    .choice(
      "network.initialisation", \.network.initialisation,
      "How weights begin: \"orthogonal\", with zero biases, or \"uniform\" in ±1 / sqrt(fan in), biases as well, as "
        + "PyTorch's layers do. Embeddings are Gaussian with both."),
    .real(
      "network.policy_gain", \.network.policyGain, 0...10,
      "Gain of the policy head's orthogonal weights; a small one begins with a nearly uniform policy. ONI: 1. Used only "
        + "when initialisation is \"orthogonal\"."),
    .boolean(
      "network.normalise_observations", \.network.normaliseObservations, shapesUnrolls: true,
      "Standardises numeric fields by their running mean and deviation over the batches, after their fixed scales and "
        + "before the clip to ±5."),
  ]

  private static let rollout: [ConfigurationField] = [
    .integer(
      "worker.threads", \.worker.threads, 0...1024,
      "Rollout threads of a worker process. 0 takes one for each core; beside a learner on the same machine they run in "
        + "the time that its threads leave."),
    .integer(
      "worker.environments_per_group", \.worker.environmentsPerGroup, 1...65_536, shapesUnrolls: true,
      "Environments that step together and share one inference call; the E of an unroll."),
    .integer(
      "worker.groups_per_thread", \.worker.groupsPerThread, 1...1024,
      "Groups of environments each rollout thread plays in turn."),
    .boolean(
      "worker.double_buffered", \.worker.doubleBuffered,
      "Steps one group while the actions of another are inferred. Needs two groups on each thread."),
  ]

  private static let update: [ConfigurationField] = [
    .integer(
      "learner.unroll_length", \.learner.unrollLength, 1...65_536, shapesUnrolls: true,
      "T: steps of an unroll, and of truncated backpropagation through time."),
    .integer(
      "learner.batch_size", \.learner.batchSize, 1...16_777_216,
      "Frames (environment steps) of one update. A multiple of unroll_length * environments_per_group, so that a batch "
        + "is whole unrolls."),
    .integer(
      "learner.threads", \.learner.threads, 0...1024,
      "Threads that share an update. 0 takes one for each core, but no more than one for every 8 columns of a batch, and "
        + "one alone in `tengu serial`."),
    .integer(
      "learner.queue_batches", \.learner.queueBatches, 1...1024,
      "Batches that may wait for the trainer; when they are full, credits are withheld from the workers."),
    .integer(
      "learner.credits", \.learner.credits, 1...1024, "Unrolls a group may have sent and not yet seen acknowledged."),
    .integer(
      "learner.publish_updates", \.learner.publishUpdates, 1...1_000_000,
      "Updates from one policy that workers are given to the next. More save bandwidth and make unrolls older."),
    .real("learner.learning_rate", \.learner.learningRate, 0...1, "Adam's step size."),
    .real(
      "learner.final_learning_rate", \.learner.finalLearningRate, Bound.share,
      "Share of learning_rate that is left after decay_updates. 1 keeps it."),
    .real("learner.adam_beta1", \.learner.adamBeta1, 0...0.999_999, "Adam: decay of the first moment, per update."),
    .real("learner.adam_beta2", \.learner.adamBeta2, 0...0.999_999, "Adam: decay of the second moment, per update."),
    .real("learner.adam_epsilon", \.learner.adamEpsilon, 1e-12...1, "Adam: added to the root of the second moment."),
    .real(
      "learner.maximum_gradient_norm", \.learner.maximumGradientNorm, Bound.coefficient,
      "Euclidean norm to which the whole gradient is clipped. 0 turns clipping off."),
  ]

  private static let vtrace: [ConfigurationField] = [
    .real(
      "learner.discount", \.learner.discount, Bound.discount,
      "Discount per step of the reward; of the extrinsic reward alone when value_heads is \"separate\"."),
    .real(
      "learner.intrinsic_discount", \.learner.intrinsicDiscount, Bound.discount,
      "Discount per step of the intrinsic reward. Used only when value_heads is \"separate\"."),
    .choice(
      "learner.value_heads", \.learner.valueHeads, shapesUnrolls: true,
      "\"single\" is one value head on the summed reward (ONI's); \"separate\" is one head for each reward."),
    .choice(
      "learner.advantages", \.learner.advantages,
      "With separate value heads: \"sum\" adds their advantages; \"normalised\" first divides each head's by its own deviation (RLSP)."
    ),
    .real(
      "learner.exploration_weight", \.learner.explorationWeight, Bound.coefficient,
      "alpha: weight of the intrinsic reward's advantages beside the extrinsic reward's. Used only when advantages is \"normalised\"."
    ),
    .integer(
      "learner.exploration_updates", \.learner.explorationUpdates, 0...1_000_000_000,
      "Updates in which exploration_weight falls to 1/e of itself. 0 keeps it. Used only when advantages is \"normalised\"."
    ),
    .real("learner.value_coefficient", \.learner.valueCoefficient, Bound.coefficient, "Weight of the value loss."),
    .real(
      "learner.entropy_coefficient", \.learner.entropyCoefficient, Bound.coefficient, "Weight of the entropy bonus."),
    .real(
      "learner.final_entropy", \.learner.finalEntropy, Bound.share,
      "Share of entropy_coefficient that is left after decay_updates. 1 keeps it."),
    .integer(
      "learner.decay_updates", \.learner.decayUpdates, 0...1_000_000_000,
      "Updates in which learning rate and entropy coefficient go to their final shares in a straight line. 0 keeps both."
    ),
    .real(
      "learner.ppo_clip", \.learner.ppoClip, 1e-6...1000,
      "c: the ratio of target to behaviour probability is kept in [1/(1+c), 1+c]."),
    .real(
      "learner.value_clip", \.learner.valueClip, 1e-6...Bound.coefficient.upperBound,
      "How far the value may move within an update before its loss is clipped."),
    .real("learner.vtrace_rho", \.learner.vtraceRho, 0...1000, "V-trace: upper bound of the rho importance weight."),
    .real("learner.vtrace_c", \.learner.vtraceC, 0...1000, "V-trace: upper bound of the c importance weight."),
    .integer(
      "learner.maximum_policy_lag", \.learner.maximumPolicyLag, 0...Int.max,
      "Policy versions an unroll may be behind; older ones are discarded and counted."),
  ]

  private static let rewards: [ConfigurationField] = [
    .choice(
      "reward.model", \.reward.model,
      "\"retrieval\" pays a caption its label and nothing while it has none; \"classification\" pays 1 where a network that "
        + "learns the labels finds it helpful; \"ranking\" pays how far one that learns which captions are better puts it "
        + "above others; \"novelty\" pays every caption 1, so that the episodic count alone decides; \"similarity\" pays how "
        + "like a goal it reads; \"rnd\" pays how badly a network foretells what a random one says of the observation; "
        + "\"none\" pays no intrinsic reward."),
    .real(
      "reward.extrinsic_coefficient", \.reward.extrinsicCoefficient, Bound.coefficient,
      "Weight of the environment's reward. 0 trains on the intrinsic reward alone."),
    .real(
      "reward.intrinsic_coefficient", \.reward.intrinsicCoefficient, Bound.coefficient,
      "Weight of the intrinsic reward."),
    .real(
      "reward.count_exponent", \.reward.countExponent, 0...100,
      "beta: a caption's N-th occurrence in an episode is paid 1 / N^beta of its reward."),
    .text(
      "reward.chain", \.reward.chain, .optionalText,
      "What a caption's score goes through before the coefficient: transforms of docs/reward-chain.md, parted by "
        + "spaces, each with its parameters in brackets or without. Empty pays the score."),
    .real(
      "reward.extrinsic_scale", \.reward.extrinsicScale, Bound.coefficient,
      "Factor of the environment's reward before it is clipped."),
    .real(
      "reward.extrinsic_clip", \.reward.extrinsicClip, Bound.coefficient,
      "Bound on the absolute value of the scaled extrinsic reward of a step. 0 turns it off."),
    .boolean(
      "reward.normalise_extrinsic", \.reward.normaliseExtrinsic,
      "Divides the extrinsic reward by the running deviation of its discounted return."),
  ]

  private static let rewardLearning: [ConfigurationField] = [
    .real(
      "reward.classification_threshold", \.reward.classificationThreshold, Bound.share,
      "Classification: the probability of being helpful above which a caption is paid 1."),
    .boolean("reward.soft", \.reward.soft, "Classification: pays the probability of being helpful instead of 0 or 1."),
    .real(
      "reward.ranking_threshold", \.reward.rankingThreshold, -1000...1000,
      "Ranking: captions are paid their reward, in deviations from its mean, where it is above this."),
    .choice(
      "reward.fidelity", \.reward.fidelity,
      "Ranking: \"corrected\" standardises rewards and cuts them at the threshold; \"oni-released\" pays the network's "
        + "output as it is, as ONI's released code does."),
    .real(
      "reward.moment_decay", \.reward.momentDecay, Bound.share,
      "Ranking: factor, per training step, of the weight of earlier outputs in their mean and deviation. 1 forgets "
        + "nothing."),
    .real("reward.learning_rate", \.reward.learningRate, 0...1, "Classification, ranking and rnd: Adam's step size."),
    .integer(
      "reward.batch_size", \.reward.batchSize, 1...65_536,
      "Classification: captions of a training step. Ranking: pairs of captions."),
    .real(
      "reward.maximum_gradient_norm", \.reward.maximumGradientNorm, Bound.coefficient,
      "Classification and ranking: Euclidean norm to which the gradient is clipped. 0 turns clipping off."),
    .integer(
      "reward.steps_per_arrival", \.reward.stepsPerArrival, 1...10_000,
      "Classification and ranking: training steps after labels arrived, while there are fewer than arrival_limit."),
    .integer(
      "reward.steps_per_update", \.reward.stepsPerUpdate, 0...10_000,
      "Classification and ranking: training steps for each update of the policy. ONI: 0 below arrival_limit, then 1."),
    .integer(
      "reward.arrival_limit", \.reward.arrivalLimit, 0...1_000_000_000,
      "Classification and ranking: from so many labels on, steps follow the policy's updates alone, one at least."),
    .real(
      "reward.core_share", \.reward.coreShare, Bound.share,
      "Classification and ranking: CPU time of learning the reward beside the policy, in shares of one core, in the "
        + "long run. 0 takes a fortieth of the machine, one core at most; `tengu serial` always learns at once."),
  ]

  private static let annotation: [ConfigurationField] = [
    .choice(
      "annotator.kind", \.annotator.kind,
      "Who labels captions: \"rules\" is a list of patterns, \"llm\" a language model, \"layered\" the rules and where they "
        + "are silent the model, \"oracle\" the task's exact labels, \"random\" a coin for each caption, as a control, "
        + "\"none\" nobody."),
    .integer("annotator.batch_size", \.annotator.batchSize, 1...100_000, "Captions of one annotation task, at most."),
    .real(
      "annotator.deadline_seconds", \.annotator.deadlineSeconds, Bound.positiveSeconds,
      "Seconds after which the captions of an unanswered task go back to the queue."),
    .integer(
      "annotator.maximum_captions", \.annotator.maximumCaptions, 1...10_000_000,
      "Distinct captions the learner keeps; later ones are counted and never asked. About 100 bytes each."),
    .real(
      "annotator.newest_weight", \.annotator.newestWeight, Bound.coefficient,
      "What is asked first: weight of the captions met last. Each place of a task draws its order by the weights."),
    .real(
      "annotator.frequent_weight", \.annotator.frequentWeight, Bound.coefficient,
      "Weight of the captions seen most often."),
    .real(
      "annotator.uncertain_weight", \.annotator.uncertainWeight, Bound.coefficient,
      "Weight of the captions the reward model is least certain of."),
    .real(
      "annotator.labels_per_second", \.annotator.labelsPerSecond, Bound.coefficient,
      "Captions given out per second, on average. 0 is no limit."),
    .integer(
      "annotator.labels_per_run", \.annotator.labelsPerRun, 0...1_000_000_000,
      "Answers of the run, abstentions included, after which nothing is asked. 0 is no limit."),
    .integer(
      "annotator.tokens_per_run", \.annotator.tokensPerRun, 0...1_000_000_000_000,
      "Tokens of questions and answers after which nothing is asked. 0 is no limit."),
    .boolean(
      "annotator.share_templates", \.annotator.shareTemplates,
      "Whether captions that differ only in numbers and creatures' names share one question and its answer."),
    .real(
      "annotator.pair_share", \.annotator.pairShare, Bound.share,
      "Share of the tasks that ask a language model which of two captions is better, for reward.model = \"ranking\". Small "
        + "models answer by position; without pairs, ranking derives them from labels."),
    .text(
      "annotator.store", \.annotator.store, .optionalText,
      "Path of a label store that runs share, also at the same time; it is made if need be. Empty is the run's own."),
    .choice(
      "annotator.accept_versions", \.annotator.acceptVersions,
      "Whose stored labels count: \"same\" are those of the annotator's kind, version and goal (without annotator, of the store's latest), \"any\" all."
    ),
    .text(
      "annotator.stub", \.annotator.stub, .optionalText,
      "Options of the annotators \"oracle\" and \"random\" for tests and control experiments, separated by spaces: flip_rate, random_share, delay_seconds, outage_after_seconds, outage_seconds, each as name=value."
    ),
  ]

  private static let service: [ConfigurationField] = [
    .text(
      "transport.listen", \.transport.listen, .address,
      "HOST:PORT the learner binds. Port 0 takes any free one; a host that is not loopback needs keys."),
    .real(
      "transport.heartbeat_seconds", \.transport.heartbeatSeconds, 0.01...3600,
      "Seconds between the heartbeats of a peer that has nothing else to say."),
    .integer(
      "transport.liveness", \.transport.liveness, 2...1000, "Heartbeats missed before a peer is taken for gone."),
    .integer(
      "transport.maximum_message_megabytes", \.transport.maximumMessageMegabytes, 1...2048,
      "Largest message accepted, in MiB. It must hold an unroll and a policy snapshot."),
    .choice(
      "transport.compression", \.transport.compression,
      "How workers send trajectories. auto compresses them for a learner on another machine."),
    .real(
      "checkpoint.interval_seconds", \.checkpoint.intervalSeconds, Bound.positiveSeconds, "Seconds between checkpoints."
    ),
    .integer(
      "checkpoint.keep", \.checkpoint.keep, 1...10_000,
      "Checkpoints kept, newest first. With 2 or more a damaged one can be replaced by the one before it."),
    .real(
      "telemetry.interval_seconds", \.telemetry.intervalSeconds, Bound.positiveSeconds,
      "Seconds between log lines and between metric records."),
    .integer(
      "telemetry.interval_steps", \.telemetry.intervalSteps, 0...1_000_000_000_000,
      "Environment steps between log lines and metric records, beside those by time: for curves that are compared at "
        + "equal steps. 0 is by time alone."),
    .integer(
      "telemetry.episodes", \.telemetry.episodes, 1...100_000,
      "Finished episodes over which the return mean is taken."),
  ]
}
