import Glibc

/// Information gain (after IGPO, Wang et al. 2025, arXiv 2510.14967, adapted to games): a step is paid by how much more
/// probable it makes success,
///
///     r_t = p_t - p_(t-1)
///
/// where p is a naive Bayes belief over the distinct captions that the episode has met so far, learned from the outcomes of
/// earlier episodes. An episode's total is p_T - p_0. No label and no score is looked at; every step is known.
///
/// What is learned outlives a restart by the captions' texts, since the next session's ids are other ones. A caption whose
/// text nobody told does not outlive the session.
struct InformationGain: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "information", kind: .shaping, parameters: [],
    explanation:
      "growth of the belief that the episode will be won, by the captions met in it and the outcomes of earlier "
      + "episodes; labels are not looked at (after IGPO).",
    make: { _ in InformationGain() })

  /// Captions whose outcomes are counted; later ones are no evidence.
  static let maximumCaptionCount = 1 << 16
  /// Distinct captions of an episode that are counted.
  static let maximumEpisodeCaptions = 256
  /// Episodes that the base rate counts for in what is believed of a caption.
  static let priorCount = 2.0

  /// What an episode has shown so far.
  private struct Belief: Sendable {
    /// Log-odds of success; NaN before the first step.
    var logOdds = Double.nan
    /// Distinct captions met.
    var captions: [UInt32] = []
  }

  private(set) var episodes = EpisodeOutcomes()
  private(set) var captions: [UInt32: EpisodeOutcomes] = [:]
  /// Digests of the texts of captions.
  private var texts: [UInt32: UInt64] = [:]
  /// By their texts, the captions of earlier sessions that this one has not met.
  private var unmet: [UInt64: EpisodeOutcomes] = [:]
  private var beliefs = EpisodeCarry<Belief>()

  /// The share of won episodes, smoothed after Laplace; what is believed before an episode's first caption.
  var baseRate: Double { (episodes.won + 1) / (episodes.count + 2) }

  /// What meeting a caption adds to the log-odds: those of the episodes that met it, smoothed towards the base rate, less
  /// the base rate's. A caption that was never met is no evidence.
  static func evidence(_ caption: EpisodeOutcomes, baseRate: Double) -> Double {
    let rate = (caption.won + priorCount * baseRate) / (caption.count + priorCount)
    return logOdds(rate) - logOdds(baseRate)
  }

  static func logOdds(_ probability: Double) -> Double { log(probability / (1 - probability)) }

  static func probability(_ logOdds: Double) -> Double { 1 / (1 + exp(-logOdds)) }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    // What the unroll teaches counts from the next one on.
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

  /// The growth of the belief by a caption that is new in the episode; 0 for "no caption".
  private func meet(_ caption: UInt32, _ rate: Double, _ belief: inout Belief) -> Float {
    guard caption != 0 else { return 0 }
    if belief.captions.count < Self.maximumEpisodeCaptions { belief.captions.append(caption) }
    let before = Self.probability(belief.logOdds)
    belief.logOdds += Self.evidence(captions[caption] ?? EpisodeOutcomes(), baseRate: rate)
    return Float(Self.probability(belief.logOdds) - before)
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
      let text = TextDigest.fnv1a(caption.bytes)
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
