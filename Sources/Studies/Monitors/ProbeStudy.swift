import Environments
import Runtime
import Statistics

/// Row 31 (arXiv 2505.11227, is a process reward model necessary?): training on outcomes alone makes a policy that can tell good
/// steps from bad ones, so that a linear probe of its hidden units, or a vote of its samples, judges as well as a reward model
/// that was trained for it. A step is good if it brings the hero nearer to the win.
struct ProbeStudy {
  private static let hidden = 24
  private static let demonstrations = 8
  private static let batches = 60
  private static let tasksOfBatch = 16
  private static let repeats = 8
  private static let rate: Float = 3e-3
  /// Steps with labels that a probe learns from, and steps on which judges are compared.
  private static let probedSteps = 600
  private static let testedSteps = 3000
  private static let votes = 8

  private let game = GameTasks()
  private var generator: RandomGenerator

  init(seed: UInt64) { generator = RandomGenerator(seed: seed) }

  mutating func measure() -> [String: Double] {
    let blank = network()
    var start = blank
    imitate(&start)
    var policy = start
    let groups = train(&policy)
    let probed = steps(Self.probedSteps, policy)
    let tested = steps(Self.testedSteps, policy)
    var supervised = blank
    superviseTrunk(&supervised, steps(4000, policy))
    let other = network()
    var model = StepScores.Model(.explicit)
    model.learn(groups.flatMap(\.pairs), updates: 6000, rate: 1, &generator)
    var own = generator
    let voted = tested.map { Self.vote($0, policy, &own) }
    let test = game.tasks(200, &generator)
    return [
      "success before": game.success(test, &generator) { Logistic.logSoftmax(start.values($0)) },
      "success after": game.success(test, &generator) { Logistic.logSoftmax(policy.values($0)) },
      "probe, blank": probe(blank, probed, tested), "probe, another blank": probe(other, probed, tested),
      "probe, start": probe(start, probed, tested), "probe, trained": probe(policy, probed, tested),
      "probe, supervised": probe(supervised, probed, tested),
      "reward model": Self.area(tested) { model.score($0) },
      "vote": Ranking.areaUnderCurve(zip(voted, tested).map { (score: $0, isPositive: $1.isGood) }) ?? .nan,
    ]
  }

  private mutating func network() -> SmallNetwork {
    SmallNetwork(inputs: GameTasks.features, hidden: Self.hidden, outputs: GameTasks.actions, &generator)
  }

  // MARK: Policies

  /// Imitates a few episodes of a perfect player, so that outcomes differ.
  private mutating func imitate(_ network: inout SmallNetwork) {
    let teacher = LinearScores.imitation(
      of: game.tasks(Self.demonstrations, &generator), epochs: 4, rate: 0.1, &generator)
    let steps = game.groups(game.tasks(30, &generator), repeats: 1, &generator) { teacher.logProbabilities($0) }
      .flatMap { $0.episodes.flatMap(\.steps) }
    for _ in 0..<400 {
      for _ in 0..<16 {
        let step = steps[generator.below(steps.count)]
        let target = teacher.logProbabilities(step.features).map(Logistic.exp)
        let current = Logistic.logSoftmax(network.values(step.features)).map(Logistic.exp)
        network.accumulate(step.features, slopes: zip(current, target).map { ($0 - $1) / 16 })
      }
      network.update(rate: Self.rate)
    }
  }

  /// Trains on outcomes alone. Returns the last groups that it played.
  private mutating func train(_ network: inout SmallNetwork) -> [GameGroup] {
    var last: [GameGroup] = []
    for batch in 0..<Self.batches {
      let policy = network
      let groups = game.groups(game.tasks(Self.tasksOfBatch, &generator), repeats: Self.repeats, &generator) {
        Logistic.logSoftmax(policy.values($0))
      }
      if batch >= Self.batches / 2 { last += groups }
      let weight = 1 / Float(groups.count * Self.repeats)
      for group in groups where group.wins > 0 && group.wins < Self.repeats {
        let rewards = group.episodes.map { $0.hasWon ? Float(1) : 0 }
        for (index, episode) in group.episodes.enumerated() {
          let advantage = rewards[index] - GroupGradient.othersMean(rewards, index)
          for step in episode.steps {
            let slopes = step.old.indices.map {
              weight * advantage * (Logistic.exp(step.old[$0]) - ($0 == step.action ? 1 : 0))
            }
            network.accumulate(step.features, slopes: slopes)
          }
        }
      }
      network.update(rate: Self.rate)
    }
    return last
  }

  /// The planted effect: a trunk that was trained to tell good steps.
  private mutating func superviseTrunk(_ network: inout SmallNetwork, _ steps: [GameStep]) {
    for _ in 0..<1000 {
      for _ in 0..<16 {
        let step = steps[generator.below(steps.count)]
        var slopes = [Float](repeating: 0, count: GameTasks.actions)
        slopes[step.action] =
          (Logistic.sigmoid(network.values(step.features)[step.action]) - (step.isGood ? 1 : 0)) / 16
        network.accumulate(step.features, slopes: slopes)
      }
      network.update(rate: Self.rate)
    }
  }

  // MARK: Judges

  /// Steps of a policy of which every second one is replaced by chance, so that there are good and bad ones.
  private mutating func steps(_ count: Int, _ network: SmallNetwork) -> [GameStep] {
    var game = game
    game.slip = 0.5
    var steps: [GameStep] = []
    while steps.count < count {
      steps += game.play(game.tasks(1, &generator)[0], &generator) { Logistic.logSoftmax(network.values($0)) }.steps
    }
    return Array(steps.prefix(count))
  }

  /// The area under the ROC curve of a logistic regression on the hidden units, with weights of each action.
  private mutating func probe(_ network: SmallNetwork, _ probed: [GameStep], _ tested: [GameStep]) -> Double {
    let units = probed.map { network.units($0.features) + [1] }
    // Units of size 1, so that one step size fits all trunks.
    let size = max(units.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } } / Float(max(1, units.count)), 1e-6)
    let scale = 1 / size.squareRoot()
    var probe = LinearScores(features: Self.hidden + 1)
    for _ in 0..<60 * probed.count {
      let index = generator.below(probed.count)
      let input = units[index].map { $0 * scale }
      let step = probed[index]
      let slope = (step.isGood ? 1 : 0) - Logistic.sigmoid(probe.value(input, step.action))
      probe.raise(input, step.action, by: 0.3 * slope)
    }
    return Self.area(tested) { step in
      probe.value((network.units(step.features) + [1]).map { $0 * scale }, step.action)
    }
  }

  private static func area(_ steps: [GameStep], _ score: (GameStep) -> Float) -> Double {
    Ranking.areaUnderCurve(steps.map { (score: Double(score($0)), isPositive: $0.isGood) }) ?? .nan
  }

  /// The share of samples of the policy that choose the step's action.
  private static func vote(_ step: GameStep, _ network: SmallNetwork, _ generator: inout RandomGenerator) -> Double {
    let chance = Logistic.exp(Logistic.logSoftmax(network.values(step.features))[step.action])
    return Double((0..<votes).count { _ in generator.uniform() < chance }) / Double(votes)
  }
}

extension Study {
  static let probe = Study(
    "probe", "what a policy that was trained on outcomes knows of good steps (row 31)", seeds: 60,
    requirements: [
      StudyRequirement(
        "31", "area under the curve of a probe: after training on outcomes above before", "probe, trained",
        minus: "probe, start", .atLeast(0.02)),
      StudyRequirement(
        "31", "a probe judges as well as a reward model from won and lost episodes", "probe, trained",
        minus: "reward model", .atLeast(0)),
      StudyRequirement(
        "31", "a vote of eight samples judges as well as the reward model", "vote", minus: "reward model", .atLeast(0)),
      StudyRequirement(
        StudyRequirement.control, "a trunk that was trained to judge: probe above that of a blank one",
        "probe, supervised", minus: "probe, blank", .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "another blank trunk is no better", "probe, another blank", minus: "probe, blank",
        .atMost(0.02)),
    ]
  ) { seed in
    var study = ProbeStudy(seed: seed)
    return study.measure()
  }
}
