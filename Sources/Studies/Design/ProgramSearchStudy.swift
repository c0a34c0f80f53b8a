import Environments
import Runtime

/// Row 42, I-MCTS: does a search of reward programs with half the runs find what random proposals find? A run trains a policy with
/// the program for some batches and measures its success.
struct ProgramSearchStudy {
  private static let randomRuns = 24
  private static let batches = 12
  private static let rate: Float = 4
  private static let testTasks = 150
  /// Fresh runs of the best program of each search, because the best of many measurements is measured too high.
  private static let checks = 3

  private let game: GameTasks
  private let start: LinearScores
  private let test: [CaptionGridState]
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    var game = GameTasks()
    // Far from a win, where winning alone teaches little.
    (game.farthest, game.horizon) = (24, 40)
    self.game = game
    start = GameStart.policy(game, &generator)
    test = game.tasks(Self.testTasks, &generator)
  }

  mutating func measure() -> [String: Double] {
    var (own, draws) = (RandomGenerator(seed: generator.next()), RandomGenerator(seed: generator.next()))
    let found = Self.compare(&draws, treeRuns: Self.randomRuns / 2) { success($0, seed: own.next()) }
    let seed = generator.next()
    func check(_ program: ClauseProgram) -> Double {
      var seeds = RandomGenerator(seed: seed)
      return Self.check { success(program, seed: seeds.next()) }
    }
    let progress = CaptionWords.captions.indices.filter { CaptionWords.captions[$0].isProgress }
    let planted = Self.compare(
      &draws, treeRuns: Self.randomRuns, estimate: Self.landscape, run: Self.landscape)
    // Programs that are said to make no difference: by the same comparison the two find programs of equal worth.
    let idle = Self.compare(&draws, treeRuns: Self.randomRuns) { _ in 0.5 }
    return [
      "success, tree": check(found.tree), "success, random": check(found.random),
      "success, none": check(ClauseProgram()), "success, all progress": check(ClauseProgram(clauses: Set(progress))),
      "planted, tree": Self.landscape(planted.tree), "planted, random": Self.landscape(planted.random),
      "idle, tree": Self.landscape(idle.tree),
    ]
  }

  /// The mean of fresh runs.
  private static func check(_ run: () -> Double) -> Double {
    (0..<checks).reduce(0) { sum, _ in sum + run() } / Double(checks)
  }

  /// The best programs of the tree and of random proposals.
  /// - Parameter treeRuns: runs of the tree.
  private static func compare(
    _ generator: inout RandomGenerator, treeRuns: Int, estimate: ((ClauseProgram) -> Double)? = nil,
    run: (ClauseProgram) -> Double
  ) -> (tree: ClauseProgram, random: ClauseProgram) {
    let tree = ProgramTree.search(runs: treeRuns, &generator, estimate: estimate, run: run)
    let random = (0..<randomRuns).map { _ in
      let program = ClauseProgram.random(&generator)
      return ClauseProgram.Result(program: program, success: run(program))
    }
    func best(_ results: [ClauseProgram.Result]) -> ClauseProgram {
      results.max { $0.success < $1.success }?.program ?? ClauseProgram()
    }
    return (best(tree), best(random))
  }

  /// A landscape that is known: what the six captions of progress add, and the others take.
  static func landscape(_ program: ClauseProgram) -> Double {
    program.clauses.reduce(0.3) { $0 + (CaptionWords.captions[$1].isProgress ? 0.1 : -0.05) }
  }

  private func success(_ program: ClauseProgram, seed: UInt64) -> Double {
    var generator = RandomGenerator(seed: seed)
    var policy = start
    var gradient = GameStart.gradient
    gradient.rate = Self.rate
    for _ in 0..<Self.batches {
      var batch = gradient.batch(game, policy, &generator)
      for group in batch.groups.indices {
        for (index, episode) in batch.groups[group].episodes.enumerated() {
          batch.rewards[group][index] += program.pay(episode)
        }
      }
      gradient.update(&policy, batch)
    }
    return game.success(test, &generator) { policy.logProbabilities($0) }
  }
}

extension Study {
  static let programSearch = Study(
    "programs", "a tree search of reward programs against random proposals with twice the runs (row 42)", seeds: 20,
    requirements: [
      StudyRequirement(
        "42", "success with the best program of half the runs: at most two points below random proposals",
        "success, tree", minus: "success, random", .atLeast(-0.02)),
      StudyRequirement(
        "42", "success with the best program: above none", "success, tree", minus: "success, none", .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "a slope and a writer who knows it: the tree climbs above random proposals",
        "planted, tree", minus: "planted, random", .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "runs that say nothing: the tree climbs nowhere", "idle, tree", .atMost(0.32)),
      StudyRequirement(
        StudyRequirement.control, "the program that pays all progress is worth a search", "success, all progress",
        minus: "success, none", .atLeast(0.02)),
    ]
  ) { seed in
    var study = ProgramSearchStudy(seed: seed)
    return study.measure()
  }
}
