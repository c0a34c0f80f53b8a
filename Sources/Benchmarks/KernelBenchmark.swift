import ActorCritic
import Runtime
import Tensor

/// Kernels of one thread: their rate, its share of the measured peak, and the ratio to OpenBLAS or a plain loop.
public enum KernelBenchmark {
  public static let group = "kernels"
  /// What is called the peak.
  public static let peakName = "sgemm 1024x1024x1024"

  /// - Parameter show: called with each measurement as soon as there is one.
  public static func run(
    _ settings: BenchmarkSettings, show: (Measurement) -> Void
  ) throws -> [Measurement] {
    var measurements = [peak(settings), try peakOfAllCores(settings)]
    measurements.forEach(show)
    let peakRate = measurements[0].value ?? .infinity
    for kernel in Kernel.all {
      let measurement = measure(kernel, settings, peak: peakRate)
      show(measurement)
      measurements.append(measurement)
    }
    return measurements
  }

  /// GFLOP/s of OpenBLAS on one thread where it is fastest: what "peak" means in every table.
  public static func peak(_ settings: BenchmarkSettings) -> Measurement {
    let kernel = Kernel.blas(1024, 1024, 1024)
    let rounds = settings.repeated { _ in rate(of: kernel.work, settings.seconds, kernel.body) }
    return Measurement(group, peakName, unit: kernel.work.unit, rounds: rounds)
  }

  /// The same for each core when all are at work, by the clock on the wall: cores may share a clock speed or more.
  private static func peakOfAllCores(_ settings: BenchmarkSettings) throws -> Measurement {
    let cores = Machine.current.cores
    let threads = try ThreadTeam(count: cores, name: "core")
    let kernels = (0..<cores).map { _ in Kernel.blas(1024, 1024, 1024) }
    let work = Double(kernels[0].work.count)
    let rounds = settings.repeated { _ in
      let seconds = Stopwatch.wallSecondsPerCall(settings.seconds) {
        threads.run { [kernels] thread in kernels[thread].body() }
      }
      return 1e-9 * work / seconds
    }
    return Measurement(group, "\(peakName), each of \(cores) cores", unit: kernels[0].work.unit, rounds: rounds)
  }

  private static func measure(_ kernel: Kernel, _ settings: BenchmarkSettings, peak: Double) -> Measurement {
    func ours(_ round: Int) -> Double { rate(of: kernel.work, settings.seconds, kernel.body) }
    var measurement: Measurement
    if let yardstick = kernel.yardstick {
      let rounds = settings.alternate(ours) { _ in rate(of: kernel.work, settings.seconds, yardstick.body) }
      measurement = Measurement(group, kernel.name, unit: kernel.work.unit, rounds: rounds.ours)
      measurement.setBeside(yardstick.name, rounds: rounds.theirs)
    } else {
      measurement = Measurement(group, kernel.name, unit: kernel.work.unit, rounds: settings.repeated(ours))
    }
    if case .operations = kernel.work, let value = measurement.value {
      measurement.share = Measurement.Share(of: "peak", value: value / peak)
    }
    return measurement
  }

  /// In 10^9 a CPU second.
  private static func rate(of work: Kernel.Work, _ seconds: Double, _ body: () -> Void) -> Double {
    1e-9 * Double(work.count) / Stopwatch.cpuSecondsPerCall(seconds, body)
  }
}
