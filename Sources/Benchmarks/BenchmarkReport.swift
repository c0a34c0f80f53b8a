import Foundation
import Runtime
import Tensor

/// Measurements and the machine they were made on. `tengu-bench ... --json` writes its JSON form.
public struct BenchmarkReport: Codable, Sendable, Hashable {
  public static let formatVersion = 2

  public var version = BenchmarkReport.formatVersion
  public var machine: Machine
  public var measurements: [Measurement]

  public init(machine: Machine, measurements: [Measurement]) {
    self.machine = machine
    self.measurements = measurements
  }

  /// Reads the JSON form.
  /// - Throws: `BenchmarkError` that names the file.
  public init(contentsOf path: String) throws {
    struct Header: Decodable { var version: Int }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
      let header = try JSONDecoder().decode(Header.self, from: data)
      guard header.version == Self.formatVersion else {
        throw BenchmarkError("\(path) has version \(header.version); this program reads version \(Self.formatVersion)")
      }
      self = try JSONDecoder().decode(BenchmarkReport.self, from: data)
    } catch let error as BenchmarkError {
      throw error
    } catch {
      throw BenchmarkError("\(path) is not a benchmark report: \(SystemReason.text(of: error))")
    }
  }

  /// Joins reports of one machine, in the order of `reports`.
  /// - Throws: `BenchmarkError` if there are none or if they are from different machines.
  public init(merging reports: [BenchmarkReport]) throws {
    guard let first = reports.first else { throw BenchmarkError("there is no report to show") }
    guard reports.allSatisfy({ $0.machine == first.machine }) else {
      throw BenchmarkError("the reports are from different machines")
    }
    self.init(machine: first.machine, measurements: reports.flatMap(\.measurements))
  }

  /// Writes the JSON form.
  /// - Throws: `BenchmarkError` that names the file, or the measurement that is not a finite number.
  public func write(to path: String) throws {
    for measurement in measurements {
      let numbers = measurement.rounds + (measurement.comparison?.rounds ?? []) + [measurement.share?.value ?? 0]
      guard numbers.allSatisfy(\.isFinite) else { throw BenchmarkError("\(measurement.identifier) is not finite") }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw BenchmarkError("cannot write \(path): \(error)")
    }
  }

  /// The measurement with the identifier "group/name".
  public func measurement(_ identifier: String) -> Measurement? {
    measurements.first { $0.identifier == identifier }
  }

  // MARK: Tables

  /// A line about the machine, then a Markdown table for each group, and under it the reasons for what was not measured.
  public var table: String {
    let heading =
      "\(machine.processor), \(machine.cores) cores, Linux \(machine.kernelRelease), "
      + "OpenBLAS kernels \(machine.blasKernels)"
    var groups: [String] = []
    for measurement in measurements where !groups.contains(measurement.group) { groups.append(measurement.group) }
    let tables = groups.map { group in
      "### \(group)\n\n" + Self.table(of: measurements.filter { $0.group == group })
    }
    return ([heading] + tables).joined(separator: "\n\n") + "\n"
  }

  private static func table(of measurements: [Measurement]) -> String {
    let header = ["measurement", "value", "unit", "compared with", "its value", "ratio", "share"]
    let table = TextTable([header] + measurements.map(cells), textColumns: [0, 2, 3, 6]).markdown
    let notes = measurements.compactMap { measurement in
      measurement.skipped.map { "- \(measurement.name): not measured: \($0)" }
    }
    return table + (notes.isEmpty ? "" : "\n\n" + notes.joined(separator: "\n"))
  }

  private static func cells(of measurement: Measurement) -> [String] {
    let comparison = measurement.comparison
    let share = measurement.share.map { String(format: "%.0f%% of ", 100 * $0.value) + $0.of }
    return [
      measurement.name, measurement.value.map(number) ?? "-", measurement.unit, comparison?.name ?? "",
      comparison.map { number($0.value) } ?? "", comparison.map { String(format: "%.2fx", $0.ratio) } ?? "",
      share ?? "",
    ]
  }

  /// Four significant digits, thousands separated by commas.
  static func number(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude < 1000 else {
      var digits = String(format: "%.0f", magnitude)[...]
      var groups: [Substring] = []
      while !digits.isEmpty {
        groups.insert(digits.suffix(3), at: 0)
        digits = digits.dropLast(3)
      }
      return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }
    return String(format: magnitude < 1 ? "%.4f" : magnitude < 10 ? "%.3f" : magnitude < 100 ? "%.2f" : "%.1f", value)
  }
}

/// Why a benchmark could not run.
public struct BenchmarkError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// The machine that the numbers depend on.
public struct Machine: Codable, Sendable, Hashable {
  /// Name of the processor in /proc/cpuinfo.
  public var processor: String
  public var cores: Int
  /// Name of the kernels that OpenBLAS chose for the processor.
  public var blasKernels: String
  /// Release of the Linux kernel.
  public var kernelRelease: String

  /// This machine.
  public static var current: Machine {
    Machine(
      processor: processorName, cores: UsableProcessors.count, blasKernels: BLAS.kernelName,
      kernelRelease: release)
  }

  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }
    let name = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    return name ?? "unknown"
  }

  private static var release: String {
    let text = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
    return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
  }
}
