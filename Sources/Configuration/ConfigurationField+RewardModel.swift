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
