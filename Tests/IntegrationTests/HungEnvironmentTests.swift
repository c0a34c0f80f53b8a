import Assembly
import Configuration
import Environments
import Foundation
import Learner
import Runtime
import Serial
import Synchronization
import TestSupport
import Testing
import Transport
import Wire

@testable import Worker

/// A worker whose environment never returns, in processes of their own.
struct HungEnvironmentTests {
  @Test func theWorkerNamesItAndEndsToBeStartedAgain() async throws {
    let ended = await #expect(processExitsWith: .exitCode(75), observing: [\.standardErrorContent]) {
      do {
        let worker = try HungWorker(environmentSeconds: 0.5)
        try worker.play()
      } catch let error as WorkerError {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        _exit(error.exitStatus)
      }
      _exit(0)
    }
    let text = String(decoding: try #require(ended?.standardErrorContent), as: UTF8.self)
    #expect(text.contains("has not returned for 0.5 s"))
    #expect(text.contains(/environment 3 of group 0, at step \d+ of the episode with seed \d+, action \d/))
  }

  @Test func aSerialRunNamesItAndEnds() async throws {
    let ended = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      let folder = try TemporaryDirectory()
      var options = LearnerOptions(configuration: SmallRun.grid(seed: 1, steps: 1_000_000), runName: "run")
      options.configuration.worker.environmentSeconds = 0.5
      options.runsDirectory = folder.path
      options.logStream = nil
      var registries = Registries.standard
      registries.environments = HungGrid.registry
      let run = try SerialRun(options, registries: registries) { text in
        let log = (try? folder.read("run/learner.log")) ?? ""
        FileHandle.standardError.write(Data("\(text)\n\(log.contains(text) ? "logged" : log)\n".utf8))
        _exit(1)
      }
      try run.run { nil }
      _exit(0)
    }
    let text = String(decoding: try #require(ended?.standardErrorContent), as: UTF8.self)
    #expect(text.contains("has not returned for 0.5 s"))
    #expect(text.contains(/environment \d of group 0, at step \d+ of the episode with seed \d+, action \d/))
    #expect(text.contains("\nlogged\n"))
  }

  @Test func aSignalEndsTheWorkerWithinTenSeconds() async {
    await #expect(processExitsWith: .exitCode(0)) {
      let worker = try HungWorker(environmentSeconds: 0)
      let signalled = Atomic(0.0)
      Thread.detachNewThread {
        while !HungGrid.hangs { usleep(1000) }
        signalled.store(MonotonicClock.seconds, ordering: .releasing)
        kill(getpid(), SIGTERM)
      }
      try worker.play()
      let seconds = MonotonicClock.seconds - signalled.load(ordering: .acquiring)
      _exit(seconds < 10 ? 0 : 1)
    }
  }
}

/// A worker and its learner in this process.
private struct HungWorker {
  private let signals: ProcessSignals
  private let folder: TemporaryDirectory
  private let learner: ClusterLearner
  private let worker: WorkerService

  /// - Parameter environmentSeconds: `worker.environment_seconds`.
  init(environmentSeconds: Double) throws {
    signals = try ProcessSignals()
    folder = try TemporaryDirectory()
    var configuration = SmallRun.grid(seed: 1, steps: 1_000_000)
    configuration.worker.environmentSeconds = environmentSeconds
    learner = try ClusterLearner(configuration, in: folder)
    var options = WorkerService.Options(link: link(to: learner.endpoint), name: "w", host: "test")
    options.threads = 1
    options.registries.environments = HungGrid.registry
    worker = try WorkerService(context: MessagingContext(), options: options, seed: 1) { _ in }
  }

  func play() throws { try worker.run(signals: signals) }
}

/// CaptionGrid whose fourth environment hangs after some steps. Learners know it as CaptionGrid.
private final class HungGrid: Environment {
  private static let made = Atomic(0)
  private static let hanging = Atomic(false)
  static var hangs: Bool { hanging.load(ordering: .acquiring) }

  static let registry = EnvironmentRegistry([
    EnvironmentEntry(
      name: "CaptionGrid", summary: "", specification: CaptionGrid.entry.specification,
      make: { HungGrid(try CaptionGrid.entry.make($0), number: made.wrappingAdd(1, ordering: .relaxed).oldValue) })
  ])

  private static let stepsBeforeTheHang = 20
  private let grid: any Environment
  private let number: Int
  private var steps = 0

  private init(_ grid: any Environment, number: Int) {
    self.grid = grid
    self.number = number
  }

  var specification: EnvironmentSpecification { grid.specification }

  func reset(seed: UInt64, into output: StepOutput) throws { try grid.reset(seed: seed, into: output) }

  func step(_ action: Int, into output: StepOutput) throws -> Transition {
    steps += 1
    if number == 3, steps > Self.stepsBeforeTheHang {
      Self.hanging.store(true, ordering: .releasing)
      while true { sleep(1000) }
    }
    return try grid.step(action, into: output)
  }
}
