extension ConfigurationField {
  /// What reward models other than ONI's, and ways to learn them, are set by.
  static let rewardModels: [ConfigurationField] = [
    .text(
      "reward.goal_text", \.reward.goalText, .optionalText,
      "Similarity: what captions are compared with, in words such as captions use."),
    .real(
      "reward.similarity_threshold", \.reward.similarityThreshold, -1...1,
      "Similarity: the cosine above which a caption is paid, and then it is paid its cosine."),
  ]
}
