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
    let results = Self.compare(&draws) { success($0, seed: own.next()) }
    let checked = RandomGenerator(seed: generator.next())
    func check(_ program: ClauseProgram) -> Double {
      var seeds = checked
      return (0..<Self.checks).reduce(0) { sum, _ in sum + success(program, seed: seeds.next()) } / Double(Self.checks)
    }
    var numbers = [
      "success, tree": check(results.tree), "success, random": check(results.random),
      "success, none": check(ClauseProgram()),
      "success, all progress": check(
        ClauseProgram(
          clauses: Set(CaptionWords.captions.indices.filter { CaptionWords.captions[$0].isProgress }))),
    ]
    let planted = Self.compare(&draws, run: Self.landscape)
    numbers["planted, tree"] = Self.landscape(planted.tree)
    numbers["planted, random"] = Self.landscape(planted.random)
    var chance = RandomGenerator(seed: generator.next())
    let flat = Self.compare(&draws) { _ in Double(chance.uniform()) }
    numbers["flat, tree"] = Self.landscape(flat.tree)
    numbers["flat, random"] = Self.landscape(flat.random)
    return numbers
  }

  /// The best programs of the tree, with half the runs, and of random proposals.
  private static func compare(
    _ generator: inout RandomGenerator, run: (ClauseProgram) -> Double
  ) -> (tree: ClauseProgram, random: ClauseProgram) {
    let tree = ProgramTree.search(runs: randomRuns / 2, &generator, run: run)
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
    "programs", "a tree search of reward programs against random proposals with twice the runs (row 42)", seeds: 10,
    requirements: [
      StudyRequirement(
        "42", "success with the best program of half the runs: at most two points below random proposals",
        "success, tree", minus: "success, random", .atLeast(-0.02)),
      StudyRequirement(
        "42", "success with the best program: above none", "success, tree", minus: "success, none", .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "a landscape with a slope: the tree finds more than random proposals",
        "planted, tree", minus: "planted, random", .atLeast(0)),
      StudyRequirement(
        StudyRequirement.control, "a landscape of chance: the tree finds nothing", "flat, tree",
        minus: "flat, random", .atMost(0.1)),
      StudyRequirement(
        StudyRequirement.control, "the program that pays all progress is worth a search", "success, all progress",
        minus: "success, none", .atLeast(0.02)),
    ]
  ) { seed in
    var study = ProgramSearchStudy(seed: seed)
    return study.measure()
  }
}
