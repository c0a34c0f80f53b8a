import Foundation

/// Measurements with the machine they were made on. Its JSON form is what `tengu-bench ... --json` writes.
public struct BenchmarkReport: Codable, Sendable, Hashable {
  public static let formatVersion = 1

  public var version = BenchmarkReport.formatVersion
  public var machine: Machine
  public var measurements: [Measurement]

  public init(machine: Machine, measurements: [Measurement]) {
    self.machine = machine
    self.measurements = measurements
  }

  /// Reads the JSON form.
  /// - Throws: `BenchmarkError` naming the file.
  public init(contentsOf path: String) throws {
    do {
      self = try JSONDecoder().decode(BenchmarkReport.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw BenchmarkError("\(path) is not a benchmark report: \(error)")
    }
    guard version == Self.formatVersion else {
      throw BenchmarkError("\(path) has version \(version); this program reads version \(Self.formatVersion)")
    }
  }

  /// Reports of one machine as one, in the order of `reports`.
  /// - Throws: `BenchmarkError` if there are none, or if they are of different machines.
  public init(merging reports: [BenchmarkReport]) throws {
    guard let first = reports.first else { throw BenchmarkError("there is no report to show") }
    guard reports.allSatisfy({ $0.machine == first.machine }) else {
      throw BenchmarkError("the reports are of different machines")
    }
    self.init(machine: first.machine, measurements: reports.flatMap(\.measurements))
  }

  /// Writes the JSON form.
  /// - Throws: `BenchmarkError` naming the measurement that is not a finite number, or the file.
  public func write(to path: String) throws {
    for measurement in measurements {
      let numbers = measurement.rounds + (measurement.beside?.rounds ?? []) + [measurement.share?.value ?? 0]
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

  /// The measurement called "group/name".
  public func measurement(_ identifier: String) -> Measurement? {
    measurements.first { $0.identifier == identifier }
  }
}

/// Why a benchmark could not be made.
public struct BenchmarkError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
