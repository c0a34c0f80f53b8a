extension RewardTransformEntry {
  /// Every transform, in the order of the reference page.
  public static let all: [RewardTransformEntry] = [
    Standardisation.entry, QuantileThreshold.entry,
    PreferenceAsReward.entry, ClippedReward.entry, DeltaReward.entry, PrincipleProcessReward.entry,
    TrustGate.entry, EpisodicCount.entry, PotentialShaping.entry, InformationGain.entry, Annealing.entry,
  ]

  /// The transform of that name, or nil.
  public static func entry(named name: String) -> RewardTransformEntry? { all.first { $0.name == name } }
}
