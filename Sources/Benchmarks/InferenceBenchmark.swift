import Configuration
import Environments

/// Frames a second of policy inference on one thread, by network and batch size, `oni` beside PyTorch.
public enum InferenceBenchmark {
  public static let group = "inference"
  static let batches = [1, 16, 64]

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
      measurement.setBeside("PyTorch", rounds: rounds.theirs)
      return measurement
    }
  }
}

/// What to say of a measurement that this machine or this build cannot make. Other errors are thrown again.
func reasonToSkip(_ error: any Error) throws -> String {
  switch error {
  case let error as ConfigurationError: error.problems.joined(separator: "; ")
  case let error as EnvironmentError: error.description
  case let error as BenchmarkError: error.description
  default: throw error
  }
}
