import ActorCritic
import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Ranks
import Scheduling
import TestSupport
import Testing
import Trajectories
import Transport
import Wire

@testable import Learner

/// Trainers of several ranks, each on its own thread, as `mpirun tengu learner` has them. Unrolls have 8 frames.
@Suite struct SharedTrainingTests {
  private static let updates = 50

  /// One rank's trainer.
  private final class Rank: @unchecked Sendable {
    let algorithm: ActorCriticAlgorithm
    let trainer: TrainerMailbox<RunAlgorithm>
    let others: RankMailbox
    let batches: RankBatches
    let loop: TrainingLoop<RunAlgorithm>

    init(
      _ ranks: any Communicator, _ configuration: RunConfiguration, steps: Int, saver: CheckpointSaver?
    ) throws {
      let source = try TrajectorySource(configuration)
      algorithm = try ActorCriticAlgorithm(plan: source.plan, trainingThreads: 1, ranks: ranks)
      let shared = RunAlgorithm(algorithm)
      var counters = RunCounters(seed: 1)
      counters.separateSeeds(rank: ranks.rank)
      trainer = try TrainerMailbox(algorithm: shared, queueCapacity: 1 << 20, counters: counters)
      others = RankMailbox(size: ranks.size)
      batches = RankBatches(ranks, algorithm: algorithm, trainer: trainer, mailbox: others)
      loop = TrainingLoop(
        .init(batchFrames: 8, maximumLag: 1000, totalSteps: steps, publishUpdates: 1), algorithm: shared,
        mailbox: trainer, saver: saver, batches: batches)
    }

    /// Waits for the trainer's end, and returns it.
    func end() -> RunEnd? {
      loop.join()
      for case .finished(let end) in trainer.takeEvents() { return end }
      return nil
    }
  }

  private let folder: TemporaryDirectory
  private let store: CheckpointStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.url.appending(path: "checkpoints"), keep: 3)
  }

  private func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    TrajectorySource.configuration {
      $0.learner.batchSize = 8
      change(&$0)
    }
  }

  private func ranks(_ size: Int, _ configuration: RunConfiguration, updates: Int) throws -> [Rank] {
    try ThreadCommunicator.make(size: size).map { ranks in
      try Rank(
        ranks, configuration, steps: 8 * size * updates,
        saver: ranks.isFirst ? CheckpointSaver(store: store, intervalSeconds: 1e9, metadata: [:], clock: { 0 }) : nil)
    }
  }

  private func elements(_ algorithm: ActorCriticAlgorithm) -> [Float] { Array(algorithm.parameters.elements) }

  @Test func twoLearnersEndWhereOneOfTwoThreadsDoes() throws {
    let source = try TrajectorySource(configuration())
    let unrolls = try (0..<2 * Self.updates).map { _ in try source.queued() }
    let alone = try ActorCriticAlgorithm(
      plan: TrajectorySource(configuration { $0.learner.batchSize = 16 }).plan, trainingThreads: 2)
    for update in 0..<Self.updates { _ = try alone.train(Array(unrolls[2 * update..<2 * update + 2])) }

    let both = try ranks(2, configuration(), updates: Self.updates)
    for rank in both { rank.loop.start() }
    // One rank gets its unrolls at once, the other one by one: the ranks wait for each other.
    for update in 0..<Self.updates { #expect(both[1].trainer.queue.offer(unrolls[2 * update + 1])) }
    for update in 0..<Self.updates { #expect(both[0].trainer.queue.offer(unrolls[2 * update])) }
    for rank in both {
      #expect(rank.end() == .completed)
      #expect(rank.algorithm.policyVersion == UInt64(Self.updates))
      #expect(rank.trainer.counters.trainedSteps == 16 * Self.updates)
      #expect(!rank.loop.endedAlone && !rank.batches.isLost)
    }
    #expect(elements(both[0].algorithm) == elements(both[1].algorithm))
    #expect(zip(elements(both[0].algorithm), elements(alone)).allSatisfy { abs($0 - $1) <= 1e-6 })
    #expect(both[0].algorithm.adam.step == both[1].algorithm.adam.step)
    #expect(try store.steps() == [16 * Self.updates])
  }

  @Test func oneThatIsToldToStopEndsAll() throws {
    let three = try ranks(3, configuration(), updates: 1000)
    for rank in three { rank.loop.start() }
    // Rank 0 has a batch and waits for the others, which have none.
    #expect(three[0].trainer.queue.offer(try TrajectorySource(configuration()).queued()))
    three[2].trainer.queue.close()
    for rank in three { #expect(rank.end() == .stopped) }
    #expect(try store.steps().count == 1)
  }

  @Test func oneThatCannotContinueEndsAll() throws {
    let two = try ranks(2, configuration(), updates: 1000)
    for rank in two { rank.loop.start() }
    two[1].trainer.queue.close(failed: true)
    guard case .failed(let reason) = two[0].end() else { throw RankError("rank 0 did not fail") }
    #expect(reason.contains("rank 1 cannot continue") && reason.contains("rank-1/learner.log"))
    #expect(two[1].end() == .stopped)
  }

  @Test func ranksWithOtherParametersEnd() throws {
    let two = try ranks(2, configuration(), updates: 1000)
    two[1].algorithm.parameters.pointer[0] += 1
    for rank in two { rank.loop.start() }
    for rank in two {
      guard case .failed(let reason) = rank.end() else { throw RankError("the ranks have not noticed") }
      #expect(reason.contains("rank 1 are not those of rank 0"))
    }
  }

  @Test func countersAreThoseOfTheRun() throws {
    let two = try ranks(2, configuration(), updates: 2)
    let source = try TrajectorySource(configuration())
    for (index, rank) in two.enumerated() {
      rank.trainer.count {
        $0.playedSteps += 16
        $0.episodes += 3 + index
        $0.discardedOverflow += index
      }
      rank.others.workers = 1 + index
      rank.loop.start()
    }
    for rank in two {
      for _ in 0..<2 { #expect(rank.trainer.queue.offer(try source.queued())) }
    }
    for rank in two { #expect(rank.end() == .completed) }
    for rank in two {
      let counters = rank.trainer.counters
      #expect(counters.trainedSteps == 32 && counters.playedSteps == 32)
      #expect(counters.episodes == 7 && counters.discardedOverflow == 1)
    }
    #expect(two.map(\.others.others.workers) == [2, 1])
    var (first, second) = (two[0].trainer.counters, two[1].trainer.counters)
    #expect(first.drawSeed() != second.drawSeed())
  }

  @Test func allRanksPayByTheModelOfRankZero() throws {
    let pair = ThreadCommunicator.make(size: 2)
    let both = try pair.map { try Rank($0, configuration(), steps: 1, saver: nil) }
    let exchanges = zip(pair, both).map { RankExchange($0, algorithm: $1.algorithm, mailbox: $1.others) }
    // The run's captions: 1 and 2 of rank 0's workers; rank 1's workers meet 2, and a third one, which becomes 3.
    let update = RewardUpdate(
      labels: [CaptionLabel(caption: 2, value: 1), CaptionLabel(caption: 3, value: 0)])
    try both[0].algorithm.learn(update)
    try both[1].algorithm.learn(
      RewardUpdate(captions: [NewCaption(id: 1, bytes: [2]), NewCaption(id: 2, bytes: [3])]))
    both[1].others.add([FinishedEpisode(episodeReturn: 1, length: 2, succeeded: true)], FactSums())
    #expect(both[1].algorithm.rewardModel.score(1) == nil)

    let told = try exchanges[0].take(up: [[], exchanges[1].up])
    #expect(told.map(\.rank) == [1] && told[0].captions == [[2], [3]] && told[0].episodes.count == 1)
    #expect(exchanges[1].up.isEmpty)
    both[0].others.add(numbers: [2, 3], of: 1)
    _ = try exchanges[1].take(down: exchanges[0].down())
    #expect(both[1].algorithm.rewardModel.score(1) == 1)
    #expect(both[1].algorithm.rewardModel.score(2) == 0)
    #expect(try exchanges[0].down().isEmpty)

    // A label that is withdrawn, and a new one.
    try both[0].algorithm.learn(RewardUpdate(labels: [CaptionLabel(caption: 2, value: .nan)]))
    _ = try exchanges[1].take(down: exchanges[0].down())
    #expect(both[1].algorithm.rewardModel.score(1) == nil)
  }

  /// The workers of another rank play the plan that rank 0 makes, and it hears how their episodes end.
  @Test func allRanksPlayOnePlan() throws {
    let pair = ThreadCommunicator.make(size: 2)
    let both = try pair.map { try Rank($0, configuration(), steps: 1, saver: nil) }
    let exchanges = zip(pair, both).map { RankExchange($0, algorithm: $1.algorithm, mailbox: $1.others) }
    let desk = PlanDesk(
      PlanDesk.Options(keys: 2, budget: 8, freshSeeds: true, seed: 7),
      scheduler: UniformScheduler(keys: 2, weight: 0.1))
    let other = RankPlan(mailbox: both[1].others)
    let (worker, second) = (PeerID([1], connection: 1), PeerID([2], connection: 2))
    /// A round: what rank 1 tells goes up, and rank 0's answer comes down.
    func round() throws {
      for news in try exchanges[0].take(up: [[], exchanges[1].up]) {
        if let part = desk.take(news) { both[0].others.add(part: part, of: news.rank) }
      }
      if let part = try exchanges[1].take(down: exchanges[0].down()) { other.take(part) }
    }
    #expect(other.ask(3, for: worker) == nil && other.takeAnswers().isEmpty)
    try round()
    let answer = try #require(other.takeAnswers().first)
    #expect(answer.peer == worker && answer.plan.version == 1 && other.version == 1 && other.standing == nil)
    #expect(answer.plan.entries.reduce(0) { $0 + $1.repeats } == 3)
    let entry = try #require(answer.plan.entries.first)
    func ended(_ number: UInt64) -> FinishedEpisode {
      FinishedEpisode(episodeReturn: 1, length: 2, succeeded: true, entry: number)
    }
    // One that it has, and one that it has not.
    let told = other.note([ended(entry.number), ended(entry.number + 1_000)], facts: FactSums(), by: worker)
    #expect(told.map(\.entry) == [entry.number, 0])
    both[1].others.add(told, FactSums())
    try round()
    #expect(desk.report.groups.episodes == 1)
    // Its workers' episodes are not lost with a worker.
    other.left(worker)
    #expect(other.ask(2, for: second) == nil)
    let next = try #require(other.takeAnswers().first)
    #expect(next.peer == second && next.plan.entries.reduce(0) { $0 + $1.repeats } == 2)
    #expect(both[1].others.takeWantedEpisodes() == 0)
  }

  @Test func theStateOfRankZeroIsPassedOn() throws {
    let source = try TrajectorySource(configuration { $0.reward.normaliseExtrinsic = true })
    let first = try ActorCriticAlgorithm(plan: source.plan, trainingThreads: 1)
    for _ in 0..<3 { _ = try first.train([try source.queued()]) }
    var counters = RunCounters(seed: 4)
    counters.trainedSteps = 24
    let bytes = try RankStart.encode(first, counters, runID: 77)
    let second = try ActorCriticAlgorithm(
      plan: source.plan, trainingThreads: 1, ranks: ThreadCommunicator.make(size: 2)[1])
    let begun = try RankStart.begin(second, at: bytes, rank: 1)
    #expect(begun.runID == 77 && begun.counters.trainedSteps == 24)
    #expect(elements(second) == elements(first))
    #expect(second.policyVersion == 3 && second.adam.step == first.adam.step)
    #expect(Array(second.adam.secondMoment.elements) == Array(first.adam.secondMoment.elements))
    #expect(second.mixer.normaliser.divisor == first.mixer.normaliser.divisor)
    #expect(throws: (any Error).self) { try RankStart.begin(second, at: Array(bytes.dropLast()), rank: 1) }
  }
}
