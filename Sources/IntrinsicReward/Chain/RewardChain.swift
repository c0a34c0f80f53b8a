import Statistics

/// The transforms between scores and the intrinsic coefficient, in order.
public struct RewardChain: Sendable {
  private let names: [String]
  private var transforms: [any RewardTransform] = []

  /// The chain of a new run.
  /// - Parameter options: names in its `chain` must be in `RewardTransformEntry.all`, each at most once.
  init(_ options: RewardOptions) {
    names = options.chain.map(\.name)
    transforms = options.chain.map { stage in
      guard let entry = RewardTransformEntry.entry(named: stage.name) else {
        preconditionFailure("no transform is called \"\(stage.name)\"")
      }
      return entry.makeTransform(stage, options)
    }
  }

  /// Turns scores into rewards.
  /// - Parameter rewards: [T, E] scores of `model`, NaN where unknown.
  mutating func apply(
    _ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs, _ model: some RewardModel
  ) {
    for place in transforms.indices {
      let references = transforms[place].references(for: inputs)
      if !references.isEmpty {
        let scores = references.map { score(of: $0, before: place, model) }
        transforms[place].take(referenceScores: scores)
      }
      transforms[place].apply(rewards, inputs)
    }
  }

  /// A caption's score after the transforms before `place`.
  private func score(of caption: UInt32, before place: Int, _ model: some RewardModel) -> Float {
    transforms[..<place].reduce(model.score(caption) ?? .nan) { $1.value(of: $0) }
  }

  /// Whether `learn` needs the texts of captions.
  public var readsTexts: Bool { transforms.contains { $0.readsTexts } }

  /// Receives captions that occurred for the first time.
  public mutating func learn(_ captions: [NewCaption]) {
    guard !captions.isEmpty else { return }
    for place in transforms.indices { transforms[place].learn(captions) }
  }

  /// The state that a checkpoint saves.
  public var state: RewardChainState {
    var state = RewardChainState()
    for (name, transform) in zip(names, transforms) { state.transforms[name] = transform.state }
    return state
  }

  /// Continues from a saved state; called before the first unroll.
  /// - Returns: the names of the transforms that have a state but start from scratch, because the saved chain did not
  ///   have them or had them with other parameters.
  /// - Parameter withMoments: whether moments that the learners of a run share are restored too; one of them is enough.
  public mutating func restore(_ state: RewardChainState, withMoments: Bool = true) -> [String] {
    transforms.indices.compactMap { place in
      let name = names[place]
      if !withMoments, transforms[place].ownMoments != nil { return nil }
      if let saved = state.transforms[name], transforms[place].restore(saved) { return nil }
      return transforms[place].state == nil ? nil : name
    }
  }

  /// Moments of what this learner has seen, of the transforms that all learners of a run share, in the chain's order.
  var ownMoments: [RunningMoments] { transforms.compactMap(\.ownMoments) }

  /// Receives what the other learners have seen, one for each of `ownMoments`.
  mutating func take(othersMoments: some Collection<RunningMoments>) {
    let places = transforms.indices.filter { transforms[$0].ownMoments != nil }
    for (place, moments) in zip(places, othersMoments) { transforms[place].take(othersMoments: moments) }
  }

  /// Numbers of the transforms for the metrics. If two transforms report the same fact, the first one counts.
  public var facts: [RewardFact: Double] {
    transforms.reduce(into: [:]) { $0.merge($1.facts) { first, _ in first } }
  }
}

/// The saved state of a reward chain: the states of its transforms by their names.
public struct RewardChainState: Sendable, Hashable, Codable {
  public var transforms: [String: RewardTransformState] = [:]

  public init() {}

  public var isEmpty: Bool { transforms.isEmpty }
}

extension RewardTransformEntry {
  /// All transforms, in the order of the reference page.
  public static let all: [RewardTransformEntry] = [
    Standardisation.entry, QuantileThreshold.entry,
    PreferenceAsReward.entry, ClippedReward.entry, DeltaReward.entry, PrincipleProcessReward.entry,
    TrustGate.entry, EpisodicCount.entry, PotentialShaping.entry, InformationGain.entry, Annealing.entry,
    CoinReward.entry,
  ]

  /// The transform with this name, or nil.
  public static func entry(named name: String) -> RewardTransformEntry? { all.first { $0.name == name } }
}
