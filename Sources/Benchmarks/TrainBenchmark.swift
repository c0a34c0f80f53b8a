import Configuration

/// Frames a second of one update from 1024 frames (32 unrolls of 32 steps), by network: one thread by its CPU time,
/// `oni` beside PyTorch; then two threads beside one, by the clock on the wall.
public enum TrainBenchmark {
  public static let group = "train"
  /// B.
  static let columns = 32

  /// - Parameters:
  ///   - only: the names of the networks to measure; empty = all.
  ///   - show: called with each measurement as soon as there is one.
  /// - Throws: `BenchmarkError` naming a network there is not.
  public static func run(
    _ settings: BenchmarkSettings, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let torch = settings.torch()
    var measurements: [Measurement] = []
    for network in try NetworkCase.named(only) {
      for measurement in try measure(network, settings, torch: torch) {
        show(measurement)
        measurements.append(measurement)
      }
    }
    return measurements
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
    // The first update touches all memory for the first time.
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
      measurement.setBeside("PyTorch", rounds: rounds.theirs)
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
    measurement.setBeside("one thread", rounds: rounds.theirs)
    return measurement
  }
}
