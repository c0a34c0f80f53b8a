import Assembly
import Configuration
import Foundation
import Learner
import TestSupport
import Testing
import Transport

/// The whole system learns: captions lead to a goal that its own sparse reward does not lead to.
struct LearningTests {
  /// The configuration that users run.
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "cluster/configs/captiongrid.toml")

  @Test(arguments: [1, 2, 3])
  func captionsLeadWhereTheSparseRewardAloneDoesNot(seed: Int) throws {
    let guided = try Registries.standard.configuration(
      file: Self.file.path, overrides: ["run.seed=\(seed)", "telemetry.episodes=200"])
    var sparse = guided
    sparse.reward.model = .none
    sparse.reward.extrinsicCoefficient = 1
    sparse.annotator.kind = .none

    let guidedEpisodes = try SmallRun.play(guided).recentEpisodes
    #expect(guidedEpisodes.count >= 100)
    let won = try #require(guidedEpisodes.successRate)
    #expect(won > 0.9)
    let sparseEpisodes = try SmallRun.play(sparse).recentEpisodes
    #expect(sparseEpisodes.count >= 100)
    let wonSparse = try #require(sparseEpisodes.successRate)
    #expect(wonSparse < won / 2)
  }
}

@Suite struct RewardAuditRunTests {
  private func table(_ folder: TemporaryDirectory) throws -> RewardTable {
    let path = folder.path + "/run/rewards.tsv"
    return try RewardTable(text: String(contentsOfFile: path, encoding: .utf8), fileName: path)
  }

  /// Every step trained on is in the table once, over all sessions, and every caption has the oracle's label.
  @Test func theTableAccountsForEveryStepOfEverySession() throws {
    let folder = try TemporaryDirectory()
    var steps: [Int] = []
    for (goal, resume) in [(4_000, LearnerOptions.Resume.never), (7_000, .auto)] {
      let run = try SmallRun.serial(SmallRun.grid(seed: 3, steps: goal), in: folder, resume: resume)
      try run.run(until: { nil })
      let sum = try table(folder).sum
      steps.append(sum.steps)
      #expect(sum.steps >= goal && sum.steps < goal + 64)
    }
    #expect(steps[1] > steps[0])
    let rows = try table(folder).rows.filter { !$0.caption.isEmpty }
    #expect(rows.count > 5 && rows.contains { $0.label == 1 && $0.paid > 0 })
    #expect(rows.allSatisfy { $0.paidSteps <= $0.steps && ($0.label != 0 || $0.score != 0 || $0.paid >= 0) })
  }
}

@Suite struct RefusedRunTests {
  /// A user who corrects the mistake starts again under the same name.
  @Test func aRefusedRunLeavesItsNameFree() throws {
    let folder = try TemporaryDirectory()
    var configuration = SmallRun.grid(seed: 1, steps: 1000)
    configuration.reward.model = .classification
    configuration.reward.frozen = true
    configuration.reward.pretrainSteps = 10
    #expect {
      try SmallRun.serial(configuration, in: folder)
    } throws: {
      "\($0)".contains("holds nothing to learn from")
    }
    configuration.reward.frozen = false
    configuration.reward.pretrainSteps = 0
    let run = try SmallRun.serial(configuration, in: folder)
    try run.run(until: { nil })
  }

  /// A signal during the start ends it at the next of its steps, and leaves the run's name free.
  @Test func aSignalEndsTheStart() throws {
    let folder = try TemporaryDirectory()
    var options = LearnerOptions(configuration: SmallRun.grid(seed: 1, steps: 1000), runName: "run")
    options.runsDirectory = folder.path
    options.logStream = nil
    var passed = 0
    var isOpen = false
    while !isOpen, passed < 100 {
      var asked = 0
      do {
        _ = try LearnerService.open(options, context: MessagingContext()) {
          asked += 1
          return asked > passed ? "received SIGTERM" : nil
        }
        isOpen = true
      } catch RunError.stopped(let text) {
        #expect(text == "received SIGTERM: stopped before the run started")
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/run/endpoint"))
        passed += 1
      }
    }
    #expect(isOpen && passed >= 3)
  }

  /// Pretraining may last for hours: a signal ends it between two of its steps.
  @Test func aSignalEndsPretraining() throws {
    let folder = try TemporaryDirectory()
    let labelled = try SmallRun.serial(SmallRun.grid(seed: 1, steps: 2000), in: folder, name: "labelled")
    try labelled.run(until: { nil })
    var configuration = SmallRun.grid(seed: 1, steps: 2000)
    configuration.reward.model = .classification
    configuration.reward.pretrainSteps = 1_000_000
    configuration.annotator.store = folder.path + "/labelled/labels.sqlite"
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.logStream = nil
    var asked = 0
    #expect {
      _ = try LearnerService.open(options, context: MessagingContext()) {
        asked += 1
        return asked > 20 ? "received SIGTERM" : nil
      }
    } throws: {
      "\($0)" == "received SIGTERM: stopped before the run started"
    }
    #expect(asked == 21)
  }

  /// A policy that no message can carry would never reach a worker.
  @Test func aPolicyLargerThanAMessageIsRefused() throws {
    let folder = try TemporaryDirectory()
    var configuration = SmallRun.grid(seed: 1, steps: 1000)
    configuration.network.hiddenSize = 4096
    configuration.network.recurrentSize = 4096
    configuration.transport.maximumMessageMegabytes = 1
    #expect {
      try SmallRun.serial(configuration, in: folder)
    } throws: {
      "\($0)".contains("transport.maximum_message_megabytes = 1: the policy has")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
  }
}
