import FoundationEssentials
import Glibc

/// The metrics of one instant.
public struct MetricsRecord: Sendable, Equatable {
  /// Seconds since 1970.
  public var time: Double
  /// Trained environment steps.
  public var step: Int
  /// Known metrics; a name without a value is unknown, not zero.
  public var values: [MetricName: Double]

  public init(time: Double, step: Int, values: [MetricName: Double]) {
    self.time = time
    self.step = step
    self.values = values
  }

  /// One JSON object and a line feed. Names are in their declared order; a number that is not finite becomes null.
  public var jsonLine: String {
    var line = "{\"time\":\(Self.json(time)),\"step\":\(step)"
    for name in MetricName.allCases {
      guard let value = values[name] else { continue }
      line += ",\"\(name.rawValue)\":\(Self.json(value))"
    }
    return line + "}\n"
  }

  /// Reads a line back without nulls and without names of other versions; nil if the line is not a record.
  public init?(jsonLine line: String) {
    guard let members = try? JSONDecoder().decode([String: Double?].self, from: Data(line.utf8)),
      let time = members["time"] ?? nil, let stepNumber = members["step"] ?? nil, let step = Int(exactly: stepNumber)
    else { return nil }
    self.init(time: time, step: step, values: [:])
    for (key, value) in members {
      if let name = MetricName(rawValue: key), let value { values[name] = value }
    }
  }

  /// Shortest text that reads back to the same number; whole numbers without a fraction.
  private static func json(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    // Beyond 2^53 whole numbers are no longer exact, and the general form says so.
    if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
    return "\(value)"
  }
}

/// A run's metrics: JSON lines, appended. Each line is written whole before `write` returns.
public final class MetricsFile: Sendable {
  /// Longest record that is searched for at the file's end, in bytes.
  static let maximumRecordBytes = 65_536

  private let path: String
  private let file: LineDescriptor

  /// Opens the file, creating it if needed, and removes a last line that a crash has cut short.
  /// - Throws: `TelemetryError` naming the file.
  public init(path: String) throws(TelemetryError) {
    self.path = path
    file = try LineDescriptor.append(to: path)
    let size = lseek(file.number, 0, SEEK_END)
    let tail = Self.tail(of: file.number, size: size)
    guard let last = tail.last, last != UInt8(ascii: "\n") else { return }
    let torn = tail.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    guard ftruncate(file.number, size - torn) == 0 else { throw .system(path, "truncate", errno) }
  }

  deinit { close(file.number) }

  /// Appends one record.
  /// - Throws: `TelemetryError` naming the file.
  public func write(_ record: MetricsRecord) throws(TelemetryError) {
    let code = file.write(record.jsonLine)
    guard code == 0 else { throw .system(path, "write", code) }
  }

  /// Appends one record.
  /// - Throws: `TelemetryError` naming the file.
  public func write(time: Double, step: Int, values: [MetricName: Double]) throws(TelemetryError) {
    try write(MetricsRecord(time: time, step: step, values: values))
  }

  /// The newest whole record of a file, or nil if it has none. The file may be growing meanwhile.
  /// - Throws: `TelemetryError` if the file cannot be opened.
  public static func lastRecord(of path: String) throws(TelemetryError) -> MetricsRecord? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    defer { close(descriptor) }
    let tail = tail(of: descriptor, size: lseek(descriptor, 0, SEEK_END))
    guard let end = tail.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
    for line in tail[..<end].split(separator: UInt8(ascii: "\n")).reversed() {
      if let record = MetricsRecord(jsonLine: String(decoding: line, as: UTF8.self)) { return record }
    }
    return nil
  }

  /// Every whole record of a file in the order of their steps. If a run was resumed from an earlier checkpoint, its
  /// newer records replace the older ones of the same steps.
  /// - Throws: `TelemetryError` if the file cannot be read.
  public static func records(of path: String) throws(TelemetryError) -> [MetricsRecord] {
    guard let file = fopen(path, "re") else { throw .system(path, "open", errno) }
    defer { fclose(file) }
    var records: [MetricsRecord] = []
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while case let count = getline(&line, &capacity, file), count > 0, let line {
      let text = String(
        decoding: UnsafeRawBufferPointer(start: line, count: count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      guard let record = MetricsRecord(jsonLine: text) else { continue }
      while let last = records.last, last.step > record.step { records.removeLast() }
      records.append(record)
    }
    return records
  }

  private static func tail(of descriptor: Int32, size: Int) -> [UInt8] {
    let count = max(0, min(size, maximumRecordBytes))
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
      initialised = max(0, pread(descriptor, buffer.baseAddress, count, size - count))
    }
  }
}
