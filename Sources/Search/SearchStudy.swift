import Environments
import Runtime

/// Searches trees of CaptionGrid and distils them, round by round: ReST-MCTS* (Zhang et al. 2024, row 1) and AlphaLLM (Tian et al.
/// 2024, row 8) in a world that can be copied. A task is a state from which a win is a few steps away.
///
/// In each round a search plays the training tasks. The actions of won episodes teach the policy, and the nodes' distance
/// to the nearest win teaches the value; both serve the next round. Then held-out tasks compare what searches with
/// different critics win with the same number of nodes.
public struct SearchStudy: Sendable {
  public struct Settings: Sendable, Hashable {
    /// Tasks of a round, and held-out tasks.
    public var trainingTasks = 150
    public var heldOutTasks = 150
    public var rounds = 2
    /// Steps to a win at the beginning of a task: 1 to so many.
    public var farthest = 12
    /// Steps after which an episode is lost.
    public var horizon = 24
    /// Nodes for each move in training, and on held-out tasks.
    public var trainingNodes = 200
    public var nodes = 24

    public init() {}
  }

  /// How much each critic counts for the value of a leaf: the learned value, the end of one game that the policy plays
  /// on, and whether the step's message reports progress (AlphaLLM's value, outcome and process rewards).
  public struct Critics: Sendable, Hashable {
    public var value: Float = 0
    public var outcome: Float = 0
    public var progress: Float = 0
    /// Values for controls: the true distance to a win, and a coin for each state.
    public var solver: Float = 0
    public var coin: Float = 0

    public init() {}

    public static func only(_ key: WritableKeyPath<Critics, Float>) -> Critics {
      var critics = Critics()
      critics[keyPath: key] = 1
      return critics
    }

    public static var all: Critics {
      var critics = Critics()
      (critics.value, critics.outcome, critics.progress) = (1, 1, 1)
      return critics
    }

    public func without(_ key: WritableKeyPath<Critics, Float>) -> Critics {
      var critics = self
      critics[keyPath: key] = 0
      return critics
    }
  }

  let settings: Settings
  private let options: SearchOptions
  private(set) var policy = LinearPolicy(features: CaptionGridState.featureCount, actions: CaptionGridState.actionCount)
  private(set) var value = LinearValue(features: CaptionGridState.featureCount)
  /// Mean difference between what the trees of won training episodes found and the true worth of their roots.
  public private(set) var targetError = 0.0
  private var generator: RandomGenerator
  private let training: [CaptionGridState]
  private let heldOut: [CaptionGridState]

  public init(_ settings: Settings, seed: UInt64) {
    self.settings = settings
    generator = RandomGenerator(seed: seed)
    options = SearchOptions()
    var seeds = SplitMix64(seed: seed)
    training = (0..<settings.trainingTasks).map { _ in Self.task(seeds.next(), farthest: settings.farthest) }
    heldOut = (0..<settings.heldOutTasks).map { _ in Self.task(seeds.next(), farthest: settings.farthest) }
  }

  /// A state on a shortest way to win, 1 to `farthest` steps from its end.
  public static func task(_ seed: UInt64, farthest: Int) -> CaptionGridState {
    // Longer than any episode here, so that the world truncates none.
    var state = CaptionGridState(seed: seed, maximumSteps: 1 << 20)
    var generator = RandomGenerator(seed: seed)
    let left = 1 + generator.below(farthest)
    while let steps = state.stepsToWin, steps > left {
      let nearer = CaptionGridAction.allCases.lazy.compactMap { action -> CaptionGridState? in
        var next = state
        guard !next.step(action).transition.done, let rest = next.stepsToWin, rest < steps else { return nil }
        return next
      }
      guard let next = nearer.first else { break }
      state = next
    }
    return state
  }

  // MARK: Rounds

  /// Plays the training tasks with a search and learns from them.
  /// - Returns: share of the tasks that were won.
  public mutating func train(_ critics: Critics) -> Double {
    var actions: [(features: [Float], action: Int)] = []
    var values: [(features: [Float], value: Float)] = []
    var (won, errors, roots) = (0, 0.0, 0)
    for task in training {
      var moves: [(features: [Float], action: Int)] = []
      var met: [(world: CaptionGridState, best: Float)] = []
      let result = play(task, critics, nodes: settings.trainingNodes) { tree, action in
        moves.append((tree.nodes[0].world.features, action))
        met.append((tree.nodes[0].world, tree.nodes[0].best))
        // Nodes that were looked at closely; of others it is not known that there is no win below.
        for node in tree.nodes where node.best > 0 || node.visits >= 16 {
          values.append((node.world.features, node.best))
        }
      }
      guard result.hasWon else { continue }
      won += 1
      actions += moves
      for root in met where root.best > 0 {
        errors += Double(abs(root.best - trueValue(root.world)))
        roots += 1
      }
    }
    targetError = roots > 0 ? errors / Double(roots) : .nan
    policy.learn(actions, epochs: 8, rate: 0.1, generator: &generator)
    value.learn(values, epochs: 2, rate: 0.2, generator: &generator)
    return Double(won) / Double(training.count)
  }

  /// discount^(steps to win): the worth of a state to a perfect player.
  private func trueValue(_ world: CaptionGridState) -> Float {
    guard let steps = world.stepsToWin else { return 0 }
    return (0..<steps).reduce(1) { power, _ in power * options.discount }
  }

  // MARK: Held-out tasks

  /// Share of the held-out tasks that the policy wins alone.
  public mutating func policySuccess() -> Double { success { $0.playOn($1, steps: $0.settings.horizon).hasWon } }

  /// Share of the held-out tasks that a search with these critics wins.
  public mutating func searchSuccess(_ critics: Critics) -> Double {
    success { $0.play($1, critics, nodes: $0.settings.nodes) { _, _ in }.hasWon }
  }

  /// The same for games that the policy plays until one is won (best of n), with as many steps as the search takes.
  public mutating func bestOfSuccess(asMuchAs critics: Critics) -> Double {
    success { study, task in
      var left = study.play(task, critics, nodes: study.settings.nodes) { _, _ in }.steps
      while left > 0 {
        let game = study.playOn(task, steps: min(study.settings.horizon, left))
        if game.hasWon { return true }
        left -= game.steps
      }
      return false
    }
  }

  private mutating func success(_ wins: (inout SearchStudy, CaptionGridState) -> Bool) -> Double {
    let tasks = heldOut
    return Double(tasks.count { wins(&self, $0) }) / Double(tasks.count)
  }

  // MARK: Games

  /// A game in which a search chooses each move.
  /// - Parameter note: receives the tree and the chosen action of each move.
  /// - Returns: also the number of steps of copies that the searches took.
  private mutating func play(
    _ task: CaptionGridState, _ critics: Critics, nodes: Int,
    note: (TreeSearch<CaptionGridState>, Int) -> Void
  ) -> (hasWon: Bool, steps: Int) {
    var options = options
    options.nodes = nodes
    var tree = TreeSearch<CaptionGridState>(options)
    var (world, steps) = (task, 0)
    // The critics draw from a stream of their own.
    var own = self
    own.generator = RandomGenerator(seed: generator.next())
    for _ in 0..<settings.horizon {
      let action = tree.search(from: world, generator: &generator) { world, step, _ in
        own.leaf(world, step, critics, &steps)
      }
      steps += nodes
      note(tree, action)
      let step = world.play(action)
      if step.hasEnded { return (step.hasWon, steps) }
    }
    return (false, steps)
  }

  /// The value of a leaf: the mean of the critics by their weights.
  /// - Parameter steps: grows by the steps that the critics play.
  private mutating func leaf(
    _ world: CaptionGridState, _ step: SearchStep, _ critics: Critics, _ steps: inout Int
  ) -> Float {
    var sum: Float = 0
    if critics.value > 0 { sum += critics.value * value.value(world.features) }
    if critics.progress > 0, step.isProgress { sum += critics.progress }
    if critics.solver > 0 { sum += critics.solver * trueValue(world) }
    if critics.coin > 0 { sum += critics.coin * generator.uniform() }
    if critics.outcome > 0 {
      let game = playOn(world, steps: settings.horizon / 2)
      steps += game.steps
      if game.hasWon { sum += critics.outcome * (0..<game.steps).reduce(1) { power, _ in power * options.discount } }
    }
    let weight = critics.value + critics.outcome + critics.progress + critics.solver + critics.coin
    return weight > 0 ? sum / weight : 0
  }

  /// Lets the policy play.
  private mutating func playOn(_ start: CaptionGridState, steps: Int) -> (hasWon: Bool, steps: Int) {
    var world = start
    for played in 1...max(1, steps) {
      let step = world.play(policy.draw(world.features, &generator))
      if step.hasEnded { return (step.hasWon, played) }
    }
    return (false, steps)
  }
}
