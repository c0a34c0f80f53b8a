import FoundationEssentials
import Glibc
import Runtime
import Synchronization

/// The metrics of one instant.
public struct MetricsRecord: Sendable, Equatable {
  /// Seconds since 1970.
  public var time: Double
  /// Trained environment steps.
  public var step: Int
  /// The learner's session: 1 for the run's first, one more for each later one that wrote metrics. 0 in files of
  /// versions that did not number them.
  public var session: Int
  /// Known metrics; a name without a value is unknown, not zero.
  public var values: [MetricName: Double]
  /// Means of facts of the last episodes by name, without spaces. Environments name their facts, so they are no
  /// `MetricName`.
  public var facts: [String: Double]

  /// What precedes a fact's name where facts and metrics are together.
  public static let factPrefix = "fact/"

  public init(
    time: Double, step: Int, session: Int = 0, values: [MetricName: Double], facts: [String: Double] = [:]
  ) {
    self.time = time
    self.step = step
    self.session = session
    self.values = values
    self.facts = facts
  }

  /// The value of a metric, or of a fact with its prefix; nil if it is unknown.
  public subscript(name: String) -> Double? {
    if name.hasPrefix(Self.factPrefix) { return facts[String(name.dropFirst(Self.factPrefix.count))] }
    return MetricName(rawValue: name).flatMap { values[$0] }
  }

  /// Whether a text may name a metric or a fact.
  public static func isName(_ text: String) -> Bool { text.hasPrefix(factPrefix) || MetricName(rawValue: text) != nil }

  /// The facts with their prefix, in the order of their names.
  public var namedFacts: [(name: String, value: Double)] {
    facts.sorted { $0.key < $1.key }.map { (Self.factPrefix + $0.key, $0.value) }
  }

  /// One JSON object and a line feed. Names are in their declared order, facts follow; a number that is not finite becomes
  /// null.
  public var jsonLine: String {
    var line = "{\"time\":\(Self.json(time)),\"step\":\(step),\"session\":\(session)"
    for name in MetricName.allCases {
      guard let value = values[name] else { continue }
      line += ",\"\(name.rawValue)\":\(Self.json(value))"
    }
    // Names of facts are letters, digits and "_-./%".
    for (name, value) in namedFacts { line += ",\"\(name)\":\(Self.json(value))" }
    return line + "}\n"
  }

  /// Reads a line back without nulls and without names of other versions; nil if the line is not a record.
  public init?(jsonLine line: String) {
    guard let members = try? JSONDecoder().decode([String: Double?].self, from: Data(line.utf8)),
      let time = members["time"] ?? nil, let stepNumber = members["step"] ?? nil, let step = Int(exactly: stepNumber)
    else { return nil }
    let session = members["session"].flatMap { $0 }.flatMap { Int(exactly: $0) } ?? 0
    self.init(time: time, step: step, session: session, values: [:])
    for (key, value) in members {
      guard let value else { continue }
      if let name = MetricName(rawValue: key) {
        values[name] = value
      } else if key.hasPrefix(Self.factPrefix) {
        facts[String(key.dropFirst(Self.factPrefix.count))] = value
      }
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

/// A run's metrics: JSON lines, appended. Lines that the disk does not take wait in memory; see `LineFile`.
public final class MetricsFile: Sendable {
  /// Longest record that is searched for at the file's end, in bytes.
  static let maximumRecordBytes = 65_536

  private let file: Mutex<LineFile>
  /// The session of the records that this object writes: one more than that of the file's newest record.
  public let session: Int

  /// Opens the file, creating it if needed, and removes a last line that a crash has cut short.
  /// - Throws: `FileError` naming the file.
  public init(path: String, files: any FileSystem = PosixFileSystem()) throws(FileError) {
    let file = try files.openForAppending(path)
    try Self.removeTornLine(of: path)
    session = (try Self.lastRecord(of: path)?.session ?? 0) + 1
    self.file = Mutex(LineFile(file, subject: "metrics"))
  }

  /// Appends one record.
  /// - Parameter now: monotonic seconds.
  /// - Returns: what to tell the user, if the file cannot be written from now on, or can be again.
  public func write(
    time: Double, step: Int, values: [MetricName: Double], facts: [String: Double] = [:],
    now: Double = MonotonicClock.seconds
  ) -> String? {
    let record = MetricsRecord(time: time, step: step, session: session, values: values, facts: facts)
    return file.withLock { $0.write(record.jsonLine, now: now) }
  }

  /// Tries to write the lines that wait for the disk, as at the end of a run.
  /// - Returns: how many lines the file lacks.
  public func flush(now: Double = MonotonicClock.seconds) -> Int {
    file.withLock {
      _ = $0.flush(now: now)
      return $0.waitingLines + $0.droppedLines
    }
  }

  /// Attempts to write that failed.
  public var failures: Int { file.withLock { $0.failures } }

  private static func removeTornLine(of path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    defer { Glibc.close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    let tail = tail(of: descriptor, size: size)
    guard let last = tail.last, last != UInt8(ascii: "\n") else { return }
    let torn = tail.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
    guard truncate(path, size - torn) == 0 else { throw .system(path, "truncate", errno) }
  }

  /// The newest whole record of a file, or nil if it has none. The file may be growing meanwhile.
  /// - Throws: `FileError` if the file cannot be opened.
  public static func lastRecord(of path: String) throws(FileError) -> MetricsRecord? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    defer { Glibc.close(descriptor) }
    let tail = tail(of: descriptor, size: lseek(descriptor, 0, SEEK_END))
    guard let end = tail.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
    for line in tail[..<end].split(separator: UInt8(ascii: "\n")).reversed() {
      if let record = MetricsRecord(jsonLine: String(decoding: line, as: UTF8.self)) { return record }
    }
    return nil
  }

  /// Every whole record of a file in the order of their steps. If a run was resumed from an earlier checkpoint, the
  /// records of the later session replace those of earlier sessions from its first step on.
  /// - Throws: `FileError` if the file cannot be read.
  public static func records(of path: String) throws(FileError) -> [MetricsRecord] {
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
      while let last = records.last,
        last.step > record.step || (last.step == record.step && last.session < record.session)
      {
        records.removeLast()
      }
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
