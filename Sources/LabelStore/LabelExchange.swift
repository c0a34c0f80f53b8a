import Foundation
import GRDB

extension LabelStore {
  /// Writes every answer that is not withdrawn, history included, in the order of arrival.
  /// - Returns: how many.
  @discardableResult
  public func export(_ format: LabelFormat, _ write: (String) throws -> Void) throws -> Int {
    var count = 0
    try write(format.header)
    try forEach("SELECT * FROM valid_answer ORDER BY sequence", []) { record in
      try write(try format.line(record))
      count += 1
    }
    return count
  }

  /// Adds the answers of a file that `export` wrote, all of them or none.
  /// - Parameter file: its name, for errors.
  /// - Returns: how many.
  /// - Throws: `LabelImportError` naming file and line, or `LabelStoreError`.
  @discardableResult
  public func importLabels(_ text: Data, _ format: LabelFormat, file: String) throws -> Int {
    var records: [LabelRecord] = []
    let end = format == .csv ? UInt8(ascii: "\r") : nil
    for (index, bytes) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = bytes.last == end ? bytes.dropLast() : bytes
      if line.isEmpty { continue }
      func failure(_ problem: String) -> LabelImportError {
        LabelImportError(file: file, line: index + 1, problem: problem)
      }
      guard let content = String(validating: line, as: UTF8.self) else { throw failure("not UTF-8") }
      if index == 0, format == .csv {
        guard content + "\r\n" == format.header else { throw failure("not the header of exported labels") }
        continue
      }
      do {
        records.append(try format.record(content))
      } catch {
        throw failure(error.text)
      }
    }
    try append(records)
    return records.count
  }

  /// Standing answers that a filter matches, latest first.
  public func labels(_ filter: LabelFilter = LabelFilter(), limit: Int) throws(LabelStoreError) -> [LabelRecord] {
    var found: [LabelRecord] = []
    try forEachStanding { record in
      guard filter.matches(record) else { return }
      found.append(record)
      // Twice the limit bounds the memory; the latest are at the end.
      if found.count >= 2 * limit { found.removeFirst(found.count - limit) }
    }
    return found.suffix(limit).reversed()
  }

  /// Withdraws all answers to the captions whose standing answer a filter matches: a learner that opens the store asks
  /// them again. The answers stay, as history.
  /// - Parameter date: seconds since 1970.
  /// - Returns: how many captions.
  @discardableResult
  public func withdraw(_ filter: LabelFilter, date: Double) throws(LabelStoreError) -> Int {
    let captions = try all().filter(filter.matches).map(\.caption)
    try Self.reporting(path) {
      try database.write { connection in
        let statement = try connection.cachedStatement(
          sql: """
            INSERT INTO withdrawal (caption, through, withdrawn_at)
            SELECT caption, max(sequence), ? FROM answer WHERE caption = ? GROUP BY caption
            """)
        for caption in captions { try statement.execute(arguments: [date, Data(caption)]) }
      }
    }
    return captions.count
  }
}

/// Which standing answers are meant; a field that is nil means all.
public struct LabelFilter: Sendable, Hashable {
  /// Text the caption contains, as bytes.
  public var text: [UInt8]?
  public var kind: String?
  public var version: String?
  public var model: String?
  public var goal: String?
  /// Whether the caption's answer is an abstention.
  public var isAbstained: Bool?

  public init() {}

  public func matches(_ record: LabelRecord) -> Bool {
    if let text, !contains(record.caption, text) { return false }
    if let kind, kind != record.source.origin.kind { return false }
    if let version, version != record.source.origin.version { return false }
    if let model, model != record.judgement.evidence?.model { return false }
    if let goal, goal != record.judgement.evidence?.goal ?? "" { return false }
    if let isAbstained, isAbstained != (record.verdict == .abstain) { return false }
    return true
  }

  private func contains(_ caption: [UInt8], _ text: [UInt8]) -> Bool {
    guard caption.count >= text.count else { return false }
    return (0...(caption.count - text.count)).contains { caption[$0...].starts(with: text) }
  }
}
