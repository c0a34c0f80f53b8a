import Foundation

/// What a row measured for a seed.
public struct RowRecord: Codable, Sendable {
  public let row: String
  public let seed: UInt64
  /// Processor time of all arms: what a machine that others use takes no longer for. Older records have elapsed time.
  public let seconds: Double
  public let measures: [String: Double]

  public init(row: String, seed: UInt64, seconds: Double, measures: [String: Double]) {
    self.row = row
    self.seed = seed
    self.seconds = seconds
    self.measures = measures
  }

  /// For people: the measures in alphabetical order.
  public var line: String {
    let texts = measures.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.3f", $0.value))" }
    return "\(row), seed \(seed), \(Int(seconds)) s: \(texts.joined(separator: ", "))"
  }
}

/// Records of many rows and seeds, one line of JSON each in a file, so that an interrupted run continues.
public struct RowRecords {
  private let file: URL?
  private var all: [RowRecord] = []

  /// Reads what the file has; a file that does not exist is empty.
  /// - Throws: `TextRowError` that names the line that is no record.
  public init(file path: String?) throws {
    file = path.map { URL(filePath: $0) }
    guard let file, FileManager.default.fileExists(atPath: file.path) else { return }
    let text = try String(contentsOf: file, encoding: .utf8)
    for (number, line) in text.split(separator: "\n").enumerated() {
      guard let record = try? JSONDecoder().decode(RowRecord.self, from: Data(line.utf8)) else {
        throw TextRowError("\(file.path), line \(number + 1): not a record of a text row; delete the line")
      }
      all.append(record)
    }
  }

  public func contains(_ row: String, seed: UInt64) -> Bool { all.contains { $0.row == row && $0.seed == seed } }

  /// Records of a row, by seed.
  public func records(of row: String) -> [RowRecord] { all.filter { $0.row == row }.sorted { $0.seed < $1.seed } }

  /// Adds a record, and appends it to the file.
  public mutating func add(_ record: RowRecord) throws {
    all.append(record)
    guard let file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let line = try encoder.encode(record) + Data("\n".utf8)
    if let handle = FileHandle(forWritingAtPath: file.path) {
      try handle.seekToEnd()
      try handle.write(contentsOf: line)
      try handle.close()
    } else {
      try line.write(to: file)
    }
  }
}
