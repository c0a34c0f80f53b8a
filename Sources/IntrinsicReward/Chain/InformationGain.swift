import Glibc
import Runtime

/// Information gain (after IGPO, Wang et al. 2025, arXiv 2510.14967, adapted to games): the reward of a step is the
/// increase of the believed probability of success,
///
///     r_t = p_t - p_(t-1)
///
/// where p is a naive Bayes belief from the distinct captions of the episode so far, learned from the outcomes of
/// earlier episodes. An episode's total is p_T - p_0. Labels and scores are not used, and every step has a reward.
///
/// The saved state has the digests of the captions' texts, because a new session has new caption ids. Captions whose
/// text is unknown are not saved.
struct InformationGain: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "information", kind: .shaping,
    parameters: [
      .real("bonus", 0, 0...1, "largest payment for a caption that few episodes had: bonus / sqrt(1 + those episodes)")
    ],
    explanation:
      "increase of the believed probability of success, from the episode's captions and the outcomes of earlier "
      + "episodes; labels and scores are not used (after IGPO).",
    make: { InformationGain(bonus: Float($0("bonus"))) })

  /// Maximum number of captions with counted outcomes; later captions are no evidence.
  static let maximumCaptionCount = 1 << 16
  /// Maximum number of distinct captions of an episode that are counted.
  static let maximumEpisodeCaptions = 256
  /// Weight of the base rate in the belief about a caption, in episodes.
  static let priorCount = 2.0

  /// The belief about the current episode.
  private struct Belief: Sendable {
    /// Log-odds of success; NaN before the first step.
    var logOdds = Double.nan
    /// Distinct captions so far.
    var captions: [UInt32] = []
  }

  /// Exploration next to exploitation (ExploRS, Devidze et al. 2022): a caption that is new in the episode is also paid
  /// `bonus` / sqrt(1 + n), where n is the number of earlier episodes with it.
  let bonus: Float
  private(set) var episodes = EpisodeOutcomes()
  private(set) var captions: [UInt32: EpisodeOutcomes] = [:]
  /// Digests of captions' texts, by caption id.
  private var texts: [UInt32: UInt64] = [:]
  /// Outcomes of captions of earlier sessions that have not occurred in this one, by the digests of their texts.
  private var unmet: [UInt64: EpisodeOutcomes] = [:]
  private var beliefs = EpisodeCarry<Belief>()

  init(bonus: Float = 0) { self.bonus = bonus }

  /// The share of won episodes with Laplace smoothing: the belief before an episode's first caption.
  var baseRate: Double { (episodes.won + 1) / (episodes.count + 2) }

  /// The evidence of a caption, which is added to the log-odds of success: the log-odds of the episodes with the
  /// caption, smoothed towards the base rate, minus those of the base rate. It is 0 for a caption without episodes.
  static func evidence(_ caption: EpisodeOutcomes, baseRate: Double) -> Double {
    let rate = (caption.won + priorCount * baseRate) / (caption.count + priorCount)
    return logOdds(rate) - logOdds(baseRate)
  }

  static func logOdds(_ probability: Double) -> Double { log(probability / (1 - probability)) }

  static func probability(_ logOdds: Double) -> Double { 1 / (1 + exp(-logOdds)) }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    // The outcomes of this unroll count from the next unroll on.
    let rate = baseRate
    var ended: [(met: [UInt32], hasWon: Bool)] = []
    var carried = beliefs.take(inputs, initial: Belief())
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      if carried[column].logOdds.isNaN { carried[column].logOdds = Self.logOdds(rate) }
      let caption = inputs.captionCounts[index] <= 1 ? inputs.captions[index] : 0
      rewards[index] = meet(caption, rate, &carried[column])
      guard inputs.ends(index) else { continue }
      ended.append((carried[column].captions, inputs.succeeds(index)))
      carried[column] = Belief()
    }
    beliefs.keep(carried, inputs)
    for episode in ended { learn(episode.met, hasWon: episode.hasWon) }
  }

  /// The increase of the belief by a caption that is new in the episode; 0 for caption 0.
  private func meet(_ caption: UInt32, _ rate: Double, _ belief: inout Belief) -> Float {
    guard caption != 0 else { return 0 }
    if belief.captions.count < Self.maximumEpisodeCaptions { belief.captions.append(caption) }
    let before = Self.probability(belief.logOdds)
    let outcomes = captions[caption] ?? EpisodeOutcomes()
    belief.logOdds += Self.evidence(outcomes, baseRate: rate)
    let gain = Float(Self.probability(belief.logOdds) - before)
    return bonus > 0 ? gain + bonus / Float(1 + outcomes.count).squareRoot() : gain
  }

  private mutating func learn(_ met: [UInt32], hasWon: Bool) {
    episodes.add(hasWon)
    for caption in met where captions[caption] != nil || captions.count + unmet.count < Self.maximumCaptionCount {
      captions[caption, default: EpisodeOutcomes()].add(hasWon)
    }
  }

  // MARK: Texts and state

  var readsTexts: Bool { true }

  mutating func learn(_ captions: [NewCaption]) {
    for caption in captions where texts.count < Self.maximumCaptionCount {
      let text = ByteHash.fnv1a(caption.bytes)
      texts[caption.id] = text
      if let earlier = unmet.removeValue(forKey: text) { self.captions[caption.id] = earlier }
    }
  }

  var state: RewardTransformState? {
    let met = captions.compactMap { id, outcomes in texts[id].map { ($0, outcomes) } }
    return .information(episodes: episodes, captions: unmet.merging(met) { $1 })
  }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .information(let episodes, let captions) = state else { return false }
    (self.episodes, unmet) = (episodes, captions)
    return true
  }

  var facts: [RewardFact: Double] { episodes.count > 0 ? [.wins: episodes.won / episodes.count] : [:] }
}
