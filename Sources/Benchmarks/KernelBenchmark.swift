import ActorCritic
import Runtime
import Tensor

/// Kernels on one thread: their rate, its share of the measured peak, and its ratio to OpenBLAS or a plain loop.
public enum KernelBenchmark {
  public static let group = "kernels"
  /// Name of the measurement that the tables call the peak.
  public static let peakName = "multiply-adds in registers"

  /// - Parameter show: receives each measurement as soon as it is complete.
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

  /// GFLOP/s that one core computes without memory: the "peak" of every table. A library's product is no measure of a
  /// processor that the library does not know.
  public static func peak(_ settings: BenchmarkSettings) -> Measurement {
    let kernel = Kernel.multiplyAdds
    let rounds = settings.repeated { _ in rate(of: kernel.work, settings.seconds, kernel.body) }
    return Measurement(group, peakName, unit: kernel.work.unit, rounds: rounds)
  }

  /// The same for each core while all cores work, by elapsed time, because cores may share their clock speed and caches.
  private static func peakOfAllCores(_ settings: BenchmarkSettings) throws -> Measurement {
    let cores = Machine.current.cores
    let threads = try ThreadTeam(count: cores, name: "core")
    let kernels = (0..<cores).map { _ in Kernel.multiplyAdds }
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
      measurement.compare(with: yardstick.name, rounds: rounds.theirs)
    } else {
      measurement = Measurement(group, kernel.name, unit: kernel.work.unit, rounds: settings.repeated(ours))
    }
    if case .operations = kernel.work, let value = measurement.value {
      measurement.share = Measurement.Share(of: "peak", value: value / peak)
    }
    return measurement
  }

  /// Units of work per CPU second, in 10^9.
  private static func rate(of work: Kernel.Work, _ seconds: Double, _ body: () -> Void) -> Double {
    1e-9 * Double(work.count) / Stopwatch.cpuSecondsPerCall(seconds, body)
  }
}

/// A kernel to measure. To add one, add an entry to a list in MatrixKernels, ConvolutionKernels or RowKernels.
struct Kernel {
  /// The work of one call, which determines the unit of the rate.
  enum Work {
    /// Floating-point operations; a multiplication with an addition counts as two.
    case operations(Int)
    /// Elements that the call computes.
    case elements(Int)
    /// Bytes that the call reads and writes.
    case bytes(Int)

    var count: Int {
      switch self {
      case .operations(let count), .elements(let count), .bytes(let count): count
      }
    }

    var unit: String {
      switch self {
      case .operations: "GFLOP/s"
      case .elements: "Gelement/s"
      case .bytes: "GB/s"
      }
    }
  }

  let name: String
  let work: Work
  let body: () -> Void
  /// Another implementation of the same work, which the kernel is compared with.
  let yardstick: (name: String, body: () -> Void)?

  init(_ name: String, _ work: Work, against: String, _ body: @escaping () -> Void, yardstick: @escaping () -> Void) {
    self.name = name
    self.work = work
    self.body = body
    self.yardstick = (against, yardstick)
  }

  /// A kernel that is compared with the machine's peak alone.
  init(_ name: String, _ work: Work, _ body: @escaping () -> Void) {
    self.name = name
    self.work = work
    self.body = body
    yardstick = nil
  }

  /// Every kernel, in the order of the table.
  static var all: [Kernel] { products + convolutions + recurrent + embeddings + elementwise }
}

extension FloatBuffer {
  /// `count` numbers from -1 to 1, the same in every run.
  static func random(_ count: Int) -> FloatBuffer {
    let buffer = FloatBuffer(count: count)
    var generator = RandomGenerator(seed: 1)
    for i in 0..<count { buffer.pointer[i] = 2 * generator.uniform() - 1 }
    return buffer
  }

  /// The first rows * columns elements.
  func matrix(_ rows: Int, _ columns: Int) -> Matrix { Matrix(pointer, rows: rows, columns: columns) }

  /// The first rows * columns elements, to be written.
  func mutable(_ rows: Int, _ columns: Int) -> MutableMatrix {
    MutableMatrix(pointer, rows: rows, columns: columns)
  }
}
