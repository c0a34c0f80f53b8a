import Assembly
import Checkpoints
import Configuration
import Foundation
import Glibc
import Replays
import Statistics
import Synchronization
import Testing

@testable import Evaluation

@Suite struct PolicyEvaluationTests {
  private func play(
    _ policy: PolicyUnderTest, episodes: Int = 40, seed: UInt64 = 1, threads: Int = 1, greedy: Bool = false
  ) throws -> EvaluationReport {
    var evaluation = PolicyEvaluation()
    (evaluation.episodes, evaluation.seed) = (episodes, seed)
    (evaluation.threads, evaluation.isGreedy) = (threads, greedy)
    return EvaluationReport(policy, evaluation, try evaluation.play(policy))
  }

  /// The policy of a run; loaded, it needs the run's folder no more.
  private func policy(seed: Int, task: String = "CaptionGrid") throws -> PolicyUnderTest {
    let run = try SavedRun(seed: seed, task: task)
    return try withExtendedLifetime(run) { try PolicyUnderTest(run.path) }
  }

  @Test func theTableDependsOnTheSeedAndNotOnTheThreads() throws {
    let run = try SavedRun(seed: 3)
    let policy = try PolicyUnderTest(run.path)
    let report = try play(policy)
    #expect(report.episodes.map(\.episode) == Array(0..<40))
    #expect(report.lines.map(\.measure) == ["return", "success", "length"])
    #expect(report.ends.reduce(0) { $0 + $1.count } == 40)
    #expect(try play(policy) == report)
    #expect(try play(policy, threads: 3) == report)
    #expect(try play(try PolicyUnderTest(run.path)).table == report.table)
    #expect(try play(policy, seed: 2).episodes != report.episodes)
    // Fewer episodes are the first ones of more, with the same results.
    #expect(try play(policy, episodes: 5).episodes == Array(report.episodes[..<5]))
  }

  /// An episode that was recorded is played again to the same return, reward by reward.
  @Test func recordedEpisodesAreTheOnesThatWerePlayed() throws {
    let records = Mutex<[Int: EpisodeRecord]>([:])
    var evaluation = PolicyEvaluation()
    (evaluation.episodes, evaluation.threads) = (20, 2)
    let prices = CaptionPrices(
      scores: [Array("It's a wall.".utf8): 1], coefficient: 0.5, exponent: 1)
    evaluation.recording = EpisodeRecording(prices: prices) { record, episode in
      records.withLock { $0[episode] = record }
    }
    let results = try evaluation.play(try policy(seed: 3))
    var bumps = 0
    for result in results {
      let record = try #require(records.withLock { $0[result.episode] })
      let replay = try EpisodeReplay(record, in: .standard)
      var (walls, last) = (0, replay.opening)
      while let moment = try replay.next() {
        last = moment
        if moment.caption == "It's a wall." { walls += 1 }
        #expect(moment.intrinsicReward == (moment.caption == "It's a wall." ? 0.5 / Float(walls) : 0))
      }
      bumps += walls
      #expect(last.isLast && last.episodeReturn == result.measures.first?.value)
    }
    #expect(bumps > 0)
  }

  @Test func greedyPlayTakesTheLikeliestAction() throws {
    let policy = try policy(seed: 3)
    let report = try play(policy, greedy: true)
    #expect(try play(policy, threads: 2, greedy: true) == report)
    #expect(report.episodes != (try play(policy)).episodes)
  }

  @Test func aCheckpointIsAsGoodAsItsRun() throws {
    let run = try SavedRun(seed: 3)
    let policy = try PolicyUnderTest(run.path)
    #expect(policy.step == 256 && policy.warnings.isEmpty)
    let same = try PolicyUnderTest(policy.path + "/")
    #expect(try play(same).episodes == play(policy).episodes)
  }

  @Test func whatIsNoRunIsRefused() throws {
    #expect(throws: ConfigurationError.self) { try PolicyUnderTest("/nonexistent") }
    let run = try SavedRun(seed: 3)
    try FileManager.default.removeItem(atPath: "\(run.path)/checkpoints")
    try FileManager.default.createDirectory(atPath: "\(run.path)/checkpoints", withIntermediateDirectories: true)
    #expect(throws: CheckpointError.self) { try PolicyUnderTest(run.path) }
  }

  @Test func comparisonsArePairedEpisodeByEpisode() throws {
    let first = try play(try policy(seed: 3))
    let second = try play(try policy(seed: 4))
    let comparison = try EvaluationComparison(first, against: second)
    let index = try #require(comparison.lines.firstIndex { $0.measure == "length" })
    let differences = zip(first.episodes, second.episodes).map { $0.measures[index].value - $1.measures[index].value }
    #expect(differences.contains { $0 != 0 })
    #expect(comparison.lines[index].difference == Summary(differences))
    let itself = try EvaluationComparison(first, against: first)
    #expect(itself.lines.allSatisfy { $0.difference.mean == 0 && $0.difference.meanInterval?.upper == 0 })
    #expect(throws: ConfigurationError.self) {
      try EvaluationComparison(first, against: try play(try policy(seed: 3), seed: 9))
    }
    #expect(throws: ConfigurationError.self) {
      try EvaluationComparison(
        first, against: try play(try policy(seed: 3, task: "CartPole")))
    }
  }

  private static let netHack = getenv("TENGU_NETHACK").map { String(cString: $0) } ?? ".deps/nethack"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: "\(netHack)/libnethack.so"),
      "NetHack is not installed: run scripts/get-nethack.sh"))
  func netHackTellsItsFacts() throws {
    let run = try SavedRun(seed: 1, steps: 128, task: "NetHackScoreExtended", netHackDirectory: Self.netHack)
    let policy = try PolicyUnderTest(run.path, netHackDirectory: Self.netHack)
    let report = try play(policy, episodes: 20, threads: 2)
    #expect(report.lines.map(\.measure).suffix(3) == ["turns", "squares seen", "kills"])
    #expect(report.ends.map(\.end).contains("step limit"))
    #expect(try play(policy, episodes: 20, threads: 1) == report)
  }

  @Test func seedsOfEpisodesDiffer() {
    let seeds = (0..<4).flatMap { seed in (0..<50).map { EpisodeSeed(evaluation: seed, episode: $0) } }
    #expect(Set(seeds.map(\.world)).count == 200 && Set(seeds.map(\.actions)).count == 200)
    #expect(Set(seeds.map(\.world)).isDisjoint(with: seeds.map(\.actions)))
  }
}
