import Configuration
import Foundation
import LabelStore
import Learner
import Runtime
import TestSupport
import Testing

/// With checkpoints at fixed steps, a serial run that is killed anywhere and resumed equals one that is not, bit for
/// bit.
struct RepeatedRunTests {
  private static let steps = 64 * 24

  private static func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = SmallRun.grid(seed: 7, steps: steps)
    configuration.checkpoint.intervalSteps = 300
    change(&configuration)
    return configuration
  }

  private struct Outcome: Equatable {
    let version: UInt64
    let bits: [UInt32]
    /// The valid labels, in the order in which they count.
    let labels: [String]

    init(_ learner: LearnerService, in folder: TemporaryDirectory) throws {
      let policy = learner.policy
      version = policy.policyVersion
      bits = policy.parameters.map(\.bitPattern)
      let store = try LabelStore(path: folder.path + "/run/labels.sqlite", access: .readOnly)
      labels = try store.all().map { "\(String(decoding: $0.caption, as: UTF8.self)) \($0.verdict)" }
    }
  }

  private func unbroken(_ configuration: RunConfiguration) throws -> Outcome {
    let folder = try TemporaryDirectory()
    let run = try SmallRun.serial(configuration, in: folder)
    try run.run(until: { nil })
    return try Outcome(run.learner, in: folder)
  }

  /// Plays some turns and then forgets everything that is not on disk, as SIGKILL does.
  private func kill(
    _ configuration: RunConfiguration, in folder: TemporaryDirectory, after turns: Int, resume: LearnerOptions.Resume
  ) throws {
    let run = try SmallRun.serial(configuration, in: folder, resume: resume)
    for _ in 0..<turns {
      guard run.learner.end == nil else { return }
      try run.turn()
    }
  }

  @Test func killedAtAnyTurn() throws {
    let configuration = Self.configuration()
    let whole = try unbroken(configuration)
    #expect(whole.version >= 20 && !whole.labels.isEmpty)
    var generator = RandomGenerator(seed: 4)
    for _ in 0..<20 {
      let folder = try TemporaryDirectory()
      // Once for most, and twice for some: the second time soon after a resume.
      try kill(configuration, in: folder, after: 1 + generator.below(45), resume: .never)
      if generator.below(3) == 0 { try kill(configuration, in: folder, after: generator.below(8), resume: .auto) }
      let run = try SmallRun.serial(configuration, in: folder, resume: .auto)
      try run.run(until: { nil })
      #expect(try Outcome(run.learner, in: folder) == whole)
    }
  }

  @Test(arguments: [RewardSection.Model.classification, .ranking, .rnd, .e3b])
  func aLearnedRewardRepeatsToo(model: RewardSection.Model) throws {
    let configuration = Self.configuration {
      $0.reward.model = model
      // It pays observations, which have no count.
      let paysObservations = [.rnd, .e3b].contains(model)
      if paysObservations { $0.reward.countExponent = 0 }
      $0.reward.stepsPerArrival = 2
      $0.reward.normaliseExtrinsic = true
      $0.reward.chain = paysObservations ? "standardise" : "standardise count"
    }
    let whole = try unbroken(configuration)
    for turns in [13, 31] {
      let folder = try TemporaryDirectory()
      try kill(configuration, in: folder, after: turns, resume: .never)
      let run = try SmallRun.serial(configuration, in: folder, resume: .auto)
      try run.run(until: { nil })
      #expect(try Outcome(run.learner, in: folder) == whole)
    }
  }

  @Test(arguments: [
    (PlanSection.Kind.uniform, ""), (.uniform, "5"), (.knapsack, ""), (.bandit, ""), (.balance, ""), (.restart, ""),
  ])
  func aPlanRepeatsToo(kind: PlanSection.Kind, steering: String) throws {
    let configuration = Self.configuration {
      $0.plan.steering = steering
      $0.plan.kind = kind
      $0.plan.keys = 4
      $0.plan.freshSeeds = true
    }
    let whole = try unbroken(configuration)
    #expect(whole != (try unbroken(Self.configuration())))
    for turns in [13, 31] {
      let folder = try TemporaryDirectory()
      try kill(configuration, in: folder, after: turns, resume: .never)
      let run = try SmallRun.serial(configuration, in: folder, resume: .auto)
      try run.run(until: { nil })
      #expect(try Outcome(run.learner, in: folder) == whole)
    }
  }

  /// A signal ends the run without a checkpoint of its own, so that it repeats exactly as well.
  @Test func stoppedAndResumed() throws {
    let configuration = Self.configuration()
    let folder = try TemporaryDirectory()
    var turns = 0
    try SmallRun.serial(configuration, in: folder).run {
      turns += 1
      return turns > 20 ? "a test" : nil
    }
    let run = try SmallRun.serial(configuration, in: folder, resume: .auto)
    try run.run(until: { nil })
    #expect(try Outcome(run.learner, in: folder) == unbroken(configuration))
  }

  @Test(.enabled(if: NetHackFolder.isPresent, "no NetHack library in .deps/nethack"))
  func netHackRepeatsToo() throws {
    let configuration = Self.configuration {
      $0.environment.task = "NetHackScore"
      $0.annotator.kind = .rules
    }
    func play(_ folder: TemporaryDirectory, _ resume: LearnerOptions.Resume, turns: Int) throws -> Outcome {
      let run = try SmallRun.serial(configuration, in: folder, resume: resume, netHackDirectory: NetHackFolder.path)
      var played = 0
      while run.learner.end == nil, played < turns {
        try run.turn()
        played += 1
      }
      return try Outcome(run.learner, in: folder)
    }
    let whole = try play(TemporaryDirectory(), .never, turns: .max)
    let folder = try TemporaryDirectory()
    _ = try play(folder, .never, turns: 22)
    #expect(try play(folder, .auto, turns: .max) == whole)
  }
}
