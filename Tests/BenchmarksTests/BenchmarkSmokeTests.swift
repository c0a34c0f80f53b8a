import ActorCritic
import Assembly
import Captions
import Configuration
import EnvironmentChecks
import Environments
import Foundation
import Testing
import Trajectories
import Wire

@testable import Benchmarks

/// Measurements are well formed and finite. These tests do not judge speed.
@Suite struct BenchmarkSmokeTests {
  private var settings: BenchmarkSettings {
    var settings = BenchmarkSettings(seconds: 0, rounds: 1)
    // These tests run no other programs.
    settings.nlePython = "/nonexistent"
    settings.torchPython = "/nonexistent"
    settings.sampleFactoryPython = "/nonexistent"
    settings.zmqProgram = "/nonexistent"
    return settings
  }

  private func expectWellFormed(_ measurements: [Measurement]) throws {
    #expect(Set(measurements.map(\.identifier)).count == measurements.count, "names are unique")
    for measurement in measurements {
      #expect((measurement.value == nil) == measurement.rounds.isEmpty)
      #expect(measurement.value != nil || measurement.skipped != nil, "\(measurement.identifier)")
      #expect(measurement.rounds.allSatisfy { $0.isFinite && $0 > 0 }, "\(measurement.identifier)")
      if let comparison = measurement.comparison { #expect(comparison.ratio.isFinite && comparison.ratio > 0) }
      if let share = measurement.share { #expect(share.value.isFinite && share.value > 0) }
    }
    let path = NSTemporaryDirectory() + "/tengu-smoke-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try BenchmarkReport(machine: .current, measurements: measurements).write(to: path)
    #expect(try BenchmarkReport(contentsOf: path).measurements == measurements)
  }

  @Test func kernels() throws {
    var shown = 0
    let measurements = try KernelBenchmark.run(settings) { _ in shown += 1 }
    #expect(shown == measurements.count && shown > 10)
    #expect(measurements.allSatisfy { $0.value != nil })
    try expectWellFormed(measurements)
  }

  @Test func environments() throws {
    let measurements = try EnvironmentBenchmark.run(settings, environmentCount: 2) { _ in }
    #expect(measurements.count == 3 && measurements[0].value != nil)
    try expectWellFormed(measurements)
  }

  @Test func inference() throws {
    let measurements = try InferenceBenchmark.run(settings) { _ in }
    #expect(measurements.contains { $0.value != nil })
    try expectWellFormed(measurements)
  }

  @Test func train() throws {
    let measurements = try TrainBenchmark.run(settings) { _ in }
    #expect(measurements.contains { $0.value != nil })
    try expectWellFormed(measurements)
  }

  @Test func switches() throws {
    let measurements = try SwitchBenchmark.run(settings) { _ in }
    #expect(measurements.count == SwitchCase.all.count && measurements.allSatisfy { $0.comparison != nil })
    try expectWellFormed(measurements)
    #expect(throws: BenchmarkError.self) { try SwitchBenchmark.run(settings, only: ["alchemy"]) { _ in } }
  }

  @Test func ledger() throws {
    let measurements = LedgerBenchmark.run(settings, captions: 2_000) { _ in }
    #expect(measurements.count == 2)
    try expectWellFormed(measurements)
  }

  @Test func annotator() async throws {
    // The benchmark blocks its thread and waits for tasks, so it must not use a thread of the task pool.
    let measurements = try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try measureAnnotator() }) }.start()
    }
    #expect(measurements.count == 5 && measurements.allSatisfy { $0.value != nil })
    try expectWellFormed(measurements)
  }

  /// Measures with servers in this process that answer at once.
  private func measureAnnotator() throws -> [Measurement] {
    let servers = try [AnnotatorPeer.Pace.even, .uneven, .batches].map { pace in
      try AnnotatorPeer.server(pace, latencySeconds: 0)
    }
    defer { withExtendedLifetime(servers) {} }
    return try AnnotatorBenchmark.measure(
      settings, even: servers[0].url, uneven: servers[1].url, batches: servers[2].url, latencySeconds: 0.2
    ) { _ in }
  }

  @Test func answersTakeTheirLatencyOnAverageAndBatchesThatOfTheirSlowest() {
    func mean(_ pace: AnnotatorPeer.Pace) -> Double {
      (0..<2000).reduce(0) { $0 + AnnotatorPeer.duration(pace, index: $1) } / 2000
    }
    #expect(mean(.even) == 1 && abs(mean(.uneven) - 1) < 0.05)
    // Half of the hundredth harmonic number.
    #expect(abs(mean(.batches) - (0.5 + 0.5 * 5.187)) < 0.1)
  }

  @Test func rewards() throws {
    let measurements = try RewardBenchmark.run(settings) { _ in }
    #expect(measurements.count == 8 && measurements.allSatisfy { $0.value != nil })
    try expectWellFormed(measurements)
  }

  @Test func unknownSystemsAreRefused() throws {
    #expect(throws: BenchmarkError.self) {
      try SystemBenchmark.run(settings, program: "/nonexistent", only: ["nothing"]) { _ in }
    }
  }

  @Test func theBoundIsCoresOverTheTimeOfAFrame() throws {
    let plan = try RunPlan(Registries.standard.configuration(overrides: ["environment.task=CaptionGrid"]))
    var bound = SpeedBound(plan, environmentSeconds: 0, peak: 1e11)
    #expect(bound.inferenceOperations > 0 && bound.trainingOperations == 3 * bound.inferenceOperations)
    bound.cores = 2
    bound.environmentSeconds = 1e-5
    bound.inferenceOperations = 1e6
    bound.trainingOperations = 3e6
    #expect(abs(bound.framesPerSecond - 40_000) < 1e-6)
  }

  @Test func playedObservationsAreThoseOfTheTask() throws {
    let plan = try RunPlan(Registries.standard.configuration(overrides: ["environment.task=CaptionGrid"]))
    var captions = CaptionTable()
    let unroll = try PlayedUnroll(plan, unrollLength: 5, environmentCount: 3, seed: 1, captions: &captions)
    let item = unroll.trainUnroll.unroll
    #expect(item.frameCount == 15)
    for frame in 0..<15 {
      #expect(0..<Int32(plan.specification.actions.parameterCount) ~= item[Step.actions][frame])
      #expect(item[Step.logProbabilities][frame] < 0)
      #expect(item[Step.captions][frame] <= captions.count)
      #expect(item[Step.captions][frame] == 0 || item[Step.captionCounts][frame] > 0)
    }
    // Another seed plays other episodes.
    let other = try PlayedUnroll(plan, unrollLength: 5, environmentCount: 3, seed: 2, captions: &captions)
    #expect(memcmp(unroll.row(0, 0), other.row(0, 0), 6 * 3 * unroll.rowByteCount) != 0)
  }

  @Test func trajectoriesHaveTheSizeThatIsAskedFor() {
    for (_, bytes) in TransportBenchmark.sizes {
      let size = PackedTrajectory(bytes: bytes).byteCount
      #expect(size <= bytes && size > bytes * 9 / 10, "\(size) bytes for \(bytes)")
    }
  }

  @Test func usageIsThatOfTheProcess() throws {
    let usage = try #require(ProcessUsage(of: getpid()))
    #expect(usage.cpuSeconds >= 0 && usage.residentMegabytes > 1)
    #expect(ProcessUsage(of: 0) == nil)
  }

  /// A program that answers a line and ends with status 3, and one that does not exist.
  @Test func otherProgramsExchangeLines() throws {
    let echo = try LineProcess("/bin/sh", ["-c", "read a; echo \"{\\\"seconds_per_call\\\": $a}\"; exit 3"])
    try echo.write("0.5")
    struct Answer: Decodable { var secondsPerCall: Double }
    #expect(try echo.decoded(Answer.self).secondsPerCall == 0.5)
    #expect(throws: BenchmarkError.self) { try echo.line() }
    #expect(throws: BenchmarkError.self) { try echo.awaitEnd() }
    #expect(throws: BenchmarkError.self) { try LineProcess("/nonexistent/program", []) }
  }
}

@Suite struct EnvironmentBenchmarkTests {
  /// A measurement of no duration still plays a series of steps.
  @Test(arguments: [1, 3]) func aMeasurementIsTakenEvenInNoTime(environmentCount: Int) throws {
    let rate = try EnvironmentSpeed.stepsPerSecond(
      options: EnvironmentOptions(task: "CaptionGrid"), entry: CaptionGrid.entry,
      environmentCount: environmentCount, seed: 1, seconds: 0)
    #expect(rate > 0 && rate.isFinite)
  }

  @Test func errorsOfTheEnvironmentAreThrown() {
    #expect(throws: EnvironmentError.self) {
      try EnvironmentSpeed.stepsPerSecond(
        options: EnvironmentOptions(task: "CaptionGrid", settings: ["layouts": .integer(-1)]), entry: CaptionGrid.entry,
        environmentCount: 1,
        seed: 1, seconds: 0)
    }
  }
}

struct TrajectoryCompressionTests {
  @Test func countsTheBytesOfAFrame() throws {
    var configuration = RunConfiguration()
    configuration.environment.task = "Corridor"
    configuration.network.recurrentSize = 8
    configuration.worker.environmentsPerGroup = 4
    let plan = try RunPlan(configuration)
    let trajectories = try TrajectoryCompression.trajectories(of: plan, unrolls: 3)
    #expect(trajectories.count == 3)
    let result = try TrajectoryCompression.measure(trajectories, seconds: 0)
    let (row, frames) = (plan.specification.observation.rowByteCount, 32 * 4)
    #expect(result.observationBytes.plain == Double(33 * 4 * row) / Double(frames))
    // Nine tensors in addition to the observations: 27 bytes per step with one value head, and the first recurrent state.
    #expect(result.plainBytes == result.observationBytes.plain + 27 + Double(4 * 8 * 4) / Double(frames))
    #expect(result.compressedBytes < result.plainBytes / 2)
    #expect(result.observationBytes.compressed < result.observationBytes.plain)
    #expect(result.encodeMicroseconds > 0 && result.decodeMicroseconds > 0)
  }
}
