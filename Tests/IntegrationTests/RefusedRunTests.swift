import Configuration
import Foundation
import Learner
import TestSupport
import Testing
import Transport

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
    #expect(isOpen && passed >= 4)
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
