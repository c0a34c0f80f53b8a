extension ConfigurationField {
  /// What reward models other than ONI's, and ways to learn them, are set by.
  static let rewardModels: [ConfigurationField] = [
    .integer(
      "reward.pretrain_steps", \.reward.pretrainSteps, 0...10_000_000,
      "Classification and ranking: training steps from the labels and preferences of the store before the run begins, as "
        + "Motif does. 0 = none; a run that goes on makes none."),
    .boolean(
      "reward.frozen", \.reward.frozen,
      "Classification and ranking: nothing is learned after pretrain_steps, or after a checkpoint was taken up; new "
        + "captions are scored all the same."),
    .integer(
      "reward.ensemble", \.reward.ensemble, 1...64,
      "Classification and ranking: heads on one encoder, each with its own first weights and its own bootstrap of the "
        + "labels. 1 = no ensemble."),
    .real(
      "reward.ensemble_mean_weight", \.reward.ensembleMeanWeight, 0...1,
      "gamma: an ensemble pays gamma * the mean of its heads + (1 - gamma) * their minimum, of probabilities before the "
        + "threshold or of standardised outputs."),
    .boolean(
      "reward.cream", \.reward.cream,
      "Ranking: CREAM. Pairs count as said with weight C and the other way round with 1 - C, where C is how far the latest "
        + "two versions rank captions alike. In `tengu-bench methods` it ranks no better with wrong answers: leave it off."
    ),
    .boolean(
      "reward.upo", \.reward.upo,
      "Ranking: UPO. Pairs that passes with dropout disagree on are learned from less often and with less weight. "
        + "In `tengu-bench methods` those it keeps are not answered better: leave it off."),
    .real(
      "reward.upo_dropout", \.reward.upoDropout, 0...0.9,
      "Ranking with upo: share of the last hidden layer's units that a pass leaves out. 0 filters nothing."),
    .text(
      "reward.goal_text", \.reward.goalText, .optionalText,
      "Similarity: what captions are compared with, in words such as captions use."),
    .real(
      "reward.similarity_threshold", \.reward.similarityThreshold, -1...1,
      "Similarity: the cosine above which a caption is paid, and then it is paid its cosine."),
    .real(
      "reward.rnd_share", \.reward.rndShare, 1e-6...1,
      "Rnd: share of the steps, drawn at random, that the predictor is trained on. Fewer let novelty last."),
    .integer("reward.rnd_width", \.reward.rndWidth, 1...4096, "Rnd: units of each layer of target and predictor."),
  ]
}
