import Configuration
import Environments

/// Policy inference on one thread: frames per CPU second by network and batch size. `oni` is compared with PyTorch.
public enum InferenceBenchmark {
  public static let group = "inference"
  static let batches = [1, 16, 64]

  /// - Parameters:
  ///   - only: names of the networks to measure; empty means all.
  ///   - show: receives each measurement as soon as it is complete.
  /// - Throws: `BenchmarkError` that names an unknown network.
  public static func run(
    _ settings: BenchmarkSettings, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    try NetworkCase.measurements(only, settings, show: show) { try measure($0, settings, torch: $1) }
  }

  private static func name(_ network: NetworkCase, _ batch: Int) -> String { "\(network.name), batch \(batch)" }

  private static func measure(
    _ network: NetworkCase, _ settings: BenchmarkSettings, torch: Result<Yardstick, BenchmarkError>
  ) throws -> [Measurement] {
    let subject: NetworkUnderTest
    do {
      subject = try NetworkUnderTest(network.plan(settings), rows: batches.max() ?? 1)
    } catch {
      return try batches.map {
        Measurement(group, name(network, $0), unit: "frames/s", skipped: try reasonToSkip(error))
      }
    }
    return try batches.map { try measure(subject, network, batch: $0, settings, torch: torch) }
  }

  private static func measure(
    _ subject: NetworkUnderTest, _ network: NetworkCase, batch: Int, _ settings: BenchmarkSettings,
    torch: Result<Yardstick, BenchmarkError>
  ) throws -> Measurement {
    let infer = subject.inference(batch: batch)
    func ours(_ round: Int) -> Double { Double(batch) / Stopwatch.cpuSecondsPerCall(settings.seconds, infer) }
    func alone() -> Measurement {
      Measurement(group, name(network, batch), unit: "frames/s", rounds: settings.repeated(ours))
    }
    guard network.hasTorchTwin else { return alone() }
    switch torch {
    case .failure(let error):
      var measurement = alone()
      measurement.skipped = error.description
      return measurement
    case .success(let torch):
      let rounds = try settings.alternate(ours) { _ in
        try Double(batch) / torch.secondsPerCall("forward \(batch) \(settings.seconds)")
      }
      var measurement = Measurement(group, name(network, batch), unit: "frames/s", rounds: rounds.ours)
      measurement.compare(with: "PyTorch", rounds: rounds.theirs)
      return measurement
    }
  }
}

/// The train step from 1024 frames (32 environments, 32 steps): frames per CPU second of one thread by network, where `oni`
/// is compared with PyTorch, and frames per elapsed second of two threads compared with one.
public enum TrainBenchmark {
  public static let group = "train"
  /// Environments in the batch, B.
  static let columns = 32

  /// - Parameters:
  ///   - only: names of the networks to measure; empty means all.
  ///   - show: receives each measurement as soon as it is complete.
  /// - Throws: `BenchmarkError` that names an unknown network.
  public static func run(
    _ settings: BenchmarkSettings, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    try NetworkCase.measurements(only, settings, show: show) { try measure($0, settings, torch: $1) }
  }

  private static func measure(
    _ network: NetworkCase, _ settings: BenchmarkSettings, torch: Result<Yardstick, BenchmarkError>
  ) throws -> [Measurement] {
    do {
      let subject = try NetworkUnderTest(network.plan(settings), rows: columns)
      return [
        try oneThread(subject, network, settings, torch: torch), try twoThreads(subject, network, settings),
      ]
    } catch {
      return [Measurement(group, network.name, unit: "frames/s", skipped: try reasonToSkip(error))]
    }
  }

  private static func oneThread(
    _ subject: NetworkUnderTest, _ network: NetworkCase, _ settings: BenchmarkSettings,
    torch: Result<Yardstick, BenchmarkError>
  ) throws -> Measurement {
    let step = try subject.trainStep(shards: 1)
    let frames = subject.framesPerUpdate
    // The first update pays for the page faults of all memory.
    try step()
    func ours(_ round: Int) throws -> Double {
      try Double(frames) / Stopwatch.cpuSecondsPerCall(settings.seconds, step)
    }
    func alone() throws -> Measurement {
      try Measurement(group, network.name, unit: "frames/s", rounds: settings.repeated(ours))
    }
    guard network.hasTorchTwin else { return try alone() }
    switch torch {
    case .failure(let error):
      var measurement = try alone()
      measurement.skipped = error.description
      return measurement
    case .success(let torch):
      let rounds = try settings.alternate(ours) { _ in
        try Double(frames) / torch.secondsPerCall("train \(frames) \(settings.seconds)")
      }
      var measurement = Measurement(group, network.name, unit: "frames/s", rounds: rounds.ours)
      measurement.compare(with: "PyTorch", rounds: rounds.theirs)
      return measurement
    }
  }

  private static func twoThreads(
    _ subject: NetworkUnderTest, _ network: NetworkCase, _ settings: BenchmarkSettings
  ) throws -> Measurement {
    let name = "\(network.name), two threads"
    guard Machine.current.cores > 1 else {
      return Measurement(group, name, unit: "frames/s", skipped: "this machine has one core")
    }
    let (one, two) = (try subject.trainStep(shards: 1), try subject.trainStep(shards: 2))
    try one()
    try two()
    let frames = Double(subject.framesPerUpdate)
    let rounds = try settings.alternate { _ in
      try frames / Stopwatch.wallSecondsPerCall(settings.seconds, two)
    } _: { _ in
      try frames / Stopwatch.wallSecondsPerCall(settings.seconds, one)
    }
    var measurement = Measurement(group, name, unit: "frames/s", rounds: rounds.ours)
    measurement.compare(with: "one thread", rounds: rounds.theirs)
    return measurement
  }
}
