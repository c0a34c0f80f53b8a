import Assembly
import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Runtime
import Synchronization
import Tensor
import TestSupport
import Testing

@testable import Learner

struct CheckpointSaverTests {
  private let folder: TemporaryDirectory
  private let store: CheckpointStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.url.appending(path: "checkpoints"), keep: 3)
  }

  private func trainer(_ change: (inout RunConfiguration) -> Void = { _ in }) throws -> ActorCriticAlgorithm {
    let configuration = TrajectorySource.configuration {
      $0.reward.normaliseExtrinsic = true
      change(&$0)
    }
    return try ActorCriticAlgorithm(plan: RunPlan(configuration), trainingThreads: 1)
  }

  private func saver(clock: @escaping () -> Double = { 0 }) -> CheckpointSaver {
    CheckpointSaver(store: store, intervalSeconds: 60, metadata: ["configuration": "abc"], clock: clock)
  }

  private func bits(_ buffer: FloatBuffer) -> [UInt32] { (0..<buffer.count).map { buffer.pointer[$0].bitPattern } }

  /// A trainer whose every part has a state.
  private func usedTrainer() throws -> ActorCriticAlgorithm {
    let trainer = try trainer()
    var generator = RandomGenerator(seed: 99)
    for buffer in [trainer.parameters, trainer.adam.firstMoment, trainer.adam.secondMoment] {
      for index in 0..<buffer.count { buffer.pointer[index] = generator.uniform() - 0.5 }
    }
    // Squares.
    for index in 0..<trainer.adam.secondMoment.count {
      trainer.adam.secondMoment.pointer[index] = abs(trainer.adam.secondMoment.pointer[index])
    }
    // Values that a decimal text would lose.
    trainer.parameters.pointer[0] = .leastNonzeroMagnitude
    trainer.parameters.pointer[1] = -0.0
    trainer.policyVersion = 41
    trainer.adam.step = 43
    let rewards: [Float] = [0.1, -1 / 3, 2e-7, 5]
    trainer.mixer.normaliser.observe(
      group: 1 << 20 | 3, rewards: rewards, flags: [0, 0, 1, 0], endMask: 3, steps: 2, columns: 2)
    return trainer
  }

  @Test func everythingComesBackBitForBit() throws {
    let trainer = try usedTrainer()
    var counters = RunCounters(seed: 7)
    counters.trainedSteps = 1234
    counters.policyVersion = 41
    counters.episodes = 17
    counters.discardedStale = 8
    counters.discardedOverflow = 16
    counters.discardedByRestart = 4
    counters.skippedUpdates = 2
    counters.playedSteps = 1264
    _ = counters.drawSeed()

    var events: [CheckpointEvent] = []
    saver().save(trainer, counters) { events.append($0) }
    try #require(events.count == 1)
    guard case .saved(let step, _, _) = events[0] else { throw Unexpected(events[0]) }
    #expect(step == 1234)

    let checkpoint = try #require(try store.loadNewest().checkpoint)
    #expect(checkpoint.metadata["configuration"] == "abc")
    let restored = try self.trainer { $0.run.seed = 1000 }
    #expect(bits(restored.parameters) != bits(trainer.parameters))
    let back = try CheckpointSaver.restore(checkpoint, into: restored)
    #expect(back == counters)
    #expect(bits(restored.parameters) == bits(trainer.parameters))
    #expect(bits(restored.adam.firstMoment) == bits(trainer.adam.firstMoment))
    #expect(bits(restored.adam.secondMoment) == bits(trainer.adam.secondMoment))
    #expect(restored.policyVersion == 41)
    #expect(restored.adam.step == 43)
    #expect(restored.mixer.normaliser == trainer.mixer.normaliser)
  }

  /// A resumed trainer makes the same next update.
  @Test func theNextUpdateIsTheSame() throws {
    let trainer = try usedTrainer()
    saver().save(trainer, RunCounters(seed: 1)) { _ in }
    let restored = try self.trainer()
    _ = try CheckpointSaver.restore(try #require(try store.loadNewest().checkpoint), into: restored)
    let source = try TrajectorySource(trainer.plan.configuration)
    let batch = [try source.queued(version: 41), try source.queued(version: 40)]
    let (first, second) = (try trainer.train(batch), try restored.train(batch))
    #expect(first.statistics.nonFiniteTensor == nil)
    #expect(first.statistics == second.statistics)
    #expect(bits(trainer.parameters) == bits(restored.parameters))
    #expect(trainer.mixer.normaliser == restored.mixer.normaliser)
  }

  /// Transforms continue with their saved state; one that the checkpoint lacks is named.
  @Test func theRewardChainComesBack() throws {
    func trainer(_ chain: String) throws -> ActorCriticAlgorithm {
      try self.trainer {
        $0.reward.model = .retrieval
        $0.reward.chain = chain
      }
    }
    let saved = try trainer("standardise par trust count")
    #expect(saved.readsTexts)
    let source = try TrajectorySource(saved.plan.configuration)
    _ = try source.queued()
    let texts = (101...120).map { NewCaption(id: $0, bytes: [UInt8($0)]) }
    let labels = (101...120).map { CaptionLabel(caption: UInt32($0), value: Float($0 % 3)) }
    try saved.learn(RewardUpdate(captions: texts, labels: labels))
    for version in 0..<4 as Range<UInt64> { _ = try saved.train([try source.queued(version: version)]) }
    #expect(saved.mixer.chain.state.transforms.count == 3)
    saver().save(saved, RunCounters(seed: 1)) { _ in }
    let checkpoint = try #require(try store.loadNewest().checkpoint)

    var notes: [String] = []
    let same = try trainer("standardise par trust count")
    _ = try CheckpointSaver.restore(checkpoint, into: same) { notes.append($0) }
    #expect(same.mixer.chain.state == saved.mixer.chain.state)
    #expect(notes.isEmpty)
    let other = try trainer("quantile par count")
    _ = try CheckpointSaver.restore(checkpoint, into: other) { notes.append($0) }
    #expect(notes == ["quantile of the reward chain starts from scratch: the checkpoint has no state that fits it"])
    #expect(other.mixer.chain.state.transforms["par"] == saved.mixer.chain.state.transforms["par"])
  }

  /// A trainer whose reward model has learned that caption 1 is helpful and caption 2 is not.
  private func rewarded(_ model: RewardSection.Model) throws -> ActorCriticAlgorithm {
    let trainer = try ActorCriticAlgorithm(plan: RunPlan(rewardConfiguration(model)), trainingThreads: 1, inline: true)
    try trainer.learn(RewardUpdate(captions: captions, labels: labels))
    return trainer
  }

  private func rewardConfiguration(_ model: RewardSection.Model) -> RunConfiguration {
    TrajectorySource.configuration {
      $0.reward.model = model
      $0.reward.stepsPerArrival = 2
      $0.reward.learningRate = 0.01
    }
  }

  private var captions: [NewCaption] {
    ["yes", "no"].enumerated().map { NewCaption(id: UInt32($0 + 1), bytes: Array($1.utf8)) }
  }
  private var labels: [CaptionLabel] { [CaptionLabel(caption: 1, value: 1), CaptionLabel(caption: 2, value: 0)] }

  @Test(arguments: [RewardSection.Model.classification, .ranking])
  func aLearnedRewardContinues(model: RewardSection.Model) throws {
    let trainer = try rewarded(model)
    let scores = (1...2).map { trainer.rewardModel.score($0) }
    #expect(scores.allSatisfy { $0 != nil } && trainer.rewardModel.version == 1)
    saver().save(trainer, RunCounters(seed: 1)) { _ in }
    let checkpoint = try #require(try store.loadNewest().checkpoint)

    let restored = try ActorCriticAlgorithm(plan: RunPlan(rewardConfiguration(model)), trainingThreads: 1, inline: true)
    _ = try CheckpointSaver.restore(checkpoint, into: restored)
    try restored.learn(RewardUpdate(captions: captions, labels: labels, isEarlier: true))
    #expect(restored.rewardModel.version == 1)
    #expect((1...2).map { restored.rewardModel.score($0) } == scores)
    let saved = try #require(trainer.rewardModel.state as? CaptionNetworkState)
    let state = try #require(restored.rewardModel.state as? CaptionNetworkState)
    #expect(saved.progress == state.progress)
    #expect(bits(saved.parameters) == bits(state.parameters) && bits(saved.firstMoment) == bits(state.firstMoment))
    #expect(bits(saved.secondMoment) == bits(state.secondMoment))
  }

  @Test(arguments: [RewardSection.Model.classification, .ranking])
  func anEnsembleContinues(model: RewardSection.Model) throws {
    func ensemble(_ heads: Int) throws -> ActorCriticAlgorithm {
      var configuration = rewardConfiguration(model)
      configuration.reward.ensemble = heads
      return try ActorCriticAlgorithm(plan: RunPlan(configuration), trainingThreads: 1, inline: true)
    }
    let trainer = try ensemble(3)
    try trainer.learn(RewardUpdate(captions: captions, labels: labels))
    try trainer.learn(RewardUpdate(labels: [CaptionLabel(caption: 2, value: 0.25)]))
    saver().save(trainer, RunCounters(seed: 1)) { _ in }
    let checkpoint = try #require(try store.loadNewest().checkpoint)
    let restored = try ensemble(3)
    _ = try CheckpointSaver.restore(checkpoint, into: restored)
    try restored.learn(RewardUpdate(captions: captions, labels: labels, isEarlier: true))
    #expect(restored.rewardModel.version == 2)
    #expect((1...2).map { restored.rewardModel.score($0) } == (1...2).map { trainer.rewardModel.score($0) })
    let saved = try #require(trainer.rewardModel.state as? CaptionNetworkState)
    let state = try #require(restored.rewardModel.state as? CaptionNetworkState)
    #expect(saved.progress == state.progress && saved.progress.heads == 3)
    #expect(bits(saved.parameters) == bits(state.parameters))
    // Another number of heads starts from scratch.
    let other = try ensemble(2)
    _ = try CheckpointSaver.restore(checkpoint, into: other)
    #expect(other.rewardModel.version == 0)
  }

  @Test func randomDistillationContinues() throws {
    let change: (inout RunConfiguration) -> Void = {
      $0.reward.model = .rnd
      $0.reward.countExponent = 0
      $0.reward.rndShare = 0.5
    }
    let trainer = try trainer(change)
    let source = try TrajectorySource(trainer.plan.configuration)
    _ = try trainer.train([try source.queued(version: 0)])
    saver().save(trainer, RunCounters(seed: 1)) { _ in }
    let restored = try self.trainer {
      change(&$0)
      $0.run.seed = 1000
    }
    _ = try CheckpointSaver.restore(try #require(try store.loadNewest().checkpoint), into: restored)
    let batch = [try source.queued(version: 1)]
    let (first, second) = (try trainer.train(batch), try restored.train(batch))
    #expect(first.rewards == second.rewards && first.rewards.paidSteps > 0)
    #expect(bits(trainer.parameters) == bits(restored.parameters))
    // A reward model of captions finds no state of its kind.
    let ranking = try ActorCriticAlgorithm(
      plan: RunPlan(rewardConfiguration(.ranking)), trainingThreads: 1, inline: true)
    _ = try CheckpointSaver.restore(try #require(try store.loadNewest().checkpoint), into: ranking)
    #expect(ranking.rewardModel.state == nil)
  }

  @Test(arguments: RewardSection.EllipticalFeatures.allCases)
  func theEllipticalBonusContinues(features: RewardSection.EllipticalFeatures) throws {
    let change: (inout RunConfiguration) -> Void = {
      $0.reward.model = .e3b
      $0.reward.countExponent = 0
      $0.reward.e3bFeatures = features
    }
    let trainer = try trainer(change)
    let source = try TrajectorySource(trainer.plan.configuration)
    _ = try trainer.train([try source.queued(version: 0)])
    saver().save(trainer, RunCounters(seed: 1)) { _ in }
    let checkpoint = try #require(try store.loadNewest().checkpoint)
    let batch = [try source.queued(version: 1)]
    var rewards: [RewardStatistics] = []
    var parameters: [[UInt32]] = []
    // Both are new sessions, whose episodes begin with them.
    for seed in [1000, 2000] {
      let restored = try self.trainer {
        change(&$0)
        $0.run.seed = seed
      }
      _ = try CheckpointSaver.restore(checkpoint, into: restored)
      #expect(restored.rewardModel.version == (features == .inverse ? 1 : 0))
      rewards.append(try restored.train(batch).rewards)
      parameters.append(bits(restored.parameters))
    }
    #expect(rewards[0] == rewards[1] && rewards[0].paidSteps > 0)
    #expect(parameters[0] == parameters[1])
  }

  /// A run may be resumed with another reward model, which then starts from scratch.
  @Test func anotherRewardModelStartsFromScratch() throws {
    saver().save(try rewarded(.ranking), RunCounters(seed: 1)) { _ in }
    let ranking = try #require(try store.loadNewest().checkpoint)
    let classified = try ActorCriticAlgorithm(
      plan: RunPlan(rewardConfiguration(.classification)), trainingThreads: 1, inline: true)
    _ = try CheckpointSaver.restore(ranking, into: classified)
    #expect(classified.rewardModel.version == 0)
    let retrieving = try trainer()
    _ = try CheckpointSaver.restore(ranking, into: retrieving)
    #expect(retrieving.rewardModel.state == nil)
  }

  @Test func anotherNetworksCheckpointIsRefusedByTensor() throws {
    saver().save(try trainer(), RunCounters(seed: 1)) { _ in }
    let checkpoint = try #require(try store.loadNewest().checkpoint)
    let wider = try trainer { $0.network.hiddenSize = 16 }
    let slice = try #require(
      zip(wider.plan.network.parameters.slices, try trainer().plan.network.parameters.slices)
        .first { $0.shape != $1.shape }?.0)
    let error = try #require(throws: CheckpointError.self) {
      try CheckpointSaver.restore(checkpoint, into: wider)
    }
    #expect("\(error)".contains("policy.\(slice.name) has shape"))
    #expect("\(error)".contains("this run's network needs \(slice.shape)"))

    let other = try trainer { $0.network.recurrent = .lstm }
    let missing = try #require(throws: CheckpointError.self) { try CheckpointSaver.restore(checkpoint, into: other) }
    #expect("\(missing)".contains("policy."))
  }

  @Test func aCheckpointWithoutCountersIsRefused() throws {
    let trainer = try trainer()
    saver().save(trainer, RunCounters(seed: 1)) { _ in }
    let checkpoint = try #require(try store.loadNewest().checkpoint)
    for (key, text) in [("counters", "{}"), ("adam.step", "\"x\""), ("normaliser", "[")] {
      var metadata = checkpoint.metadata
      metadata[key] = text
      let folder = try TemporaryDirectory()
      let store = try CheckpointStore(directory: folder.url.appending(path: "c"), keep: 1)
      _ = try store.save(step: 0, policyVersion: 0, tensors: checkpoint.tensors, metadata: metadata)
      let damaged = try #require(try store.loadNewest().checkpoint)
      let error = try #require(throws: CheckpointError.self) { try CheckpointSaver.restore(damaged, into: trainer) }
      #expect("\(error)".contains("\"\(key)\""))
    }
  }

  /// A failed save costs the checkpoint, not the run: it is tried again after a pause that grows, with one line at the
  /// beginning and one at the end.
  @Test func aFullDiskIsTriedAgain() throws {
    let files = FaultyFileSystem()
    let full = try CheckpointStore(directory: folder.url.appending(path: "full"), keep: 3, files: files)
    let now = Mutex(0.0)
    let saver = CheckpointSaver(store: full, intervalSeconds: 60, metadata: [:]) { now.withLock { $0 } }
    let trainer = try trainer()
    func save(at second: Double, _ step: Int) -> (reason: String?, lines: [String?]) {
      now.withLock { $0 = second }
      var counters = RunCounters(seed: 1)
      counters.trainedSteps = step
      var lines: [String?] = []
      let reason = saver.save(trainer, counters) { if case .outage(let line, _) = $0 { lines.append(line) } }
      return (reason, lines)
    }
    #expect(saver.kept == "No earlier checkpoint is intact")
    #expect(save(at: 60, 10).reason == nil && saver.kept == "Kept: \(full.directory)/step-000000000010, 10 steps")
    files.follow(.from(1))
    let first = save(at: 120, 20)
    #expect(first.reason?.hasSuffix("step-000000000020: cannot create: No space left on device") == true)
    #expect(first.lines.count == 1 && first.lines[0]?.hasPrefix("checkpoints cannot be written: ") == true)
    #expect(!saver.isDue(at: 0))
    #expect(save(at: 130, 30).lines == [nil] && !saver.isDue(at: 0))
    #expect(saver.kept.hasSuffix("step-000000000010, 10 steps"))
    files.follow(.never)
    now.withLock { $0 = 150 }
    #expect(saver.isDue(at: 0))
    #expect(save(at: 150, 40).lines == ["checkpoints are written again, after 30 s"])
    #expect(!saver.isDue(at: 0) && saver.kept.hasSuffix("step-000000000040, 40 steps"))
  }

  /// Checkpoints at fixed steps: the first update at or after each multiple of the interval.
  @Test func isDueAtFixedSteps() throws {
    let saver = CheckpointSaver(
      store: store, intervalSeconds: 1, intervalSteps: 100, startSteps: 130, metadata: [:], latest: { ["now": "yes"] },
      clock: { 1e9 })
    #expect(!saver.isDue(at: 199) && saver.isDue(at: 200) && saver.isDue(at: 250))
    var counters = RunCounters(seed: 1)
    counters.trainedSteps = 210
    saver.save(try trainer(), counters) { _ in }
    #expect(!saver.isDue(at: 299) && saver.isDue(at: 300))
    #expect(try store.loadNewest().checkpoint?.metadata["now"] == "yes")
  }

  @Test func isDueAfterItsIntervalAndNotAgainAtOnce() throws {
    let now = Mutex(100.0)
    let saver = saver { now.withLock { $0 } }
    #expect(!saver.isDue(at: 0))
    now.withLock { $0 = 159.9 }
    #expect(!saver.isDue(at: 0))
    now.withLock { $0 = 160 }
    #expect(saver.isDue(at: 0))
    saver.save(try trainer(), RunCounters(seed: 1)) { _ in }
    #expect(!saver.isDue(at: 0))
  }
}

/// A value of a case that a test did not expect.
struct Unexpected: Error {
  let value: String

  init(_ value: some Any) { self.value = "\(value)" }
}
