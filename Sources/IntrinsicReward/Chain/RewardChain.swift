/// The transforms that scores go through before the intrinsic coefficient, in order.
public struct RewardChain: Sendable {
  private let names: [String]
  private var transforms: [any RewardTransform] = []

  /// A new run's chain.
  /// - Parameter options: the names of its `chain` are in `RewardTransformEntry.all`, each at most once.
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

  /// What reaches the transform at `place` of a caption's score.
  private func score(of caption: UInt32, before place: Int, _ model: some RewardModel) -> Float {
    transforms[..<place].reduce(model.score(caption) ?? .nan) { $1.value(of: $0) }
  }

  /// Whether the texts of captions are to be told to `learn`.
  public var readsTexts: Bool { transforms.contains { $0.readsTexts } }

  /// Takes in captions that were met for the first time.
  public mutating func learn(_ captions: [NewCaption]) {
    guard !captions.isEmpty else { return }
    for place in transforms.indices { transforms[place].learn(captions) }
  }

  /// What must be saved with the run.
  public var state: RewardChainState {
    var state = RewardChainState()
    for (name, transform) in zip(names, transforms) { state.transforms[name] = transform.state }
    return state
  }

  /// Goes on with a saved state, before the first unroll.
  /// - Returns: the transforms that begin anew although there is a state to go on with, because the saved chain had none
  ///   of their kind, or had it with other parameters.
  public mutating func restore(_ state: RewardChainState) -> [String] {
    transforms.indices.compactMap { place in
      let name = names[place]
      if let saved = state.transforms[name], transforms[place].restore(saved) { return nil }
      return transforms[place].state == nil ? nil : name
    }
  }

  /// What the transforms make known; of two that tell the same, the first one's.
  public var facts: [RewardFact: Double] {
    transforms.reduce(into: [:]) { $0.merge($1.facts) { first, _ in first } }
  }
}
