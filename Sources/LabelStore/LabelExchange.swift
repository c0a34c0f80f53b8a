import Foundation

extension LabelStore {
  /// Writes every answer that is not withdrawn, including replaced ones, in the order of arrival.
  /// - Returns: the number of answers.
  @discardableResult
  public func export(_ format: LabelFormat, _ write: (String) throws -> Void) throws -> Int {
    var count = 0
    try write(format.header)
    try forEachAnswer { record in
      try write(try format.line(record))
      count += 1
    }
    return count
  }

  /// Imports a file that `export` wrote. A file with an error in it adds nothing. A failure of the store in between
  /// leaves the answers that were added before it.
  /// - Parameters:
  ///   - file: its name, for errors.
  ///   - skip: answers at the file's beginning that an earlier, interrupted import has added.
  /// - Returns: the number of answers added.
  /// - Throws: `LabelImportError` naming file and line, or `LabelStoreError`, which says how many answers were added.
  @discardableResult
  public func importLabels(_ text: Data, _ format: LabelFormat, file: String, skip: Int = 0) throws -> Int {
    try importLabels(Self.records(of: text, format, file: file), skip: skip)
  }

  /// Imports the records of a file; see `importLabels(_:_:file:skip:)`.
  /// - Parameter progress: receives how many of the records are in the store.
  public func importLabels(
    _ all: [LabelRecord], skip: Int = 0, progress: (Int) -> Void = { _ in }
  ) throws(LabelStoreError) -> Int {
    let records = all.dropFirst(skip)
    var added = 0
    do {
      try appendInTurns(records, written: &added) { progress(skip + $0) }
    } catch {
      guard skip + added > 0 else { throw error }
      throw LabelStoreError(path: path, reason: .interruptedImport("\(error)", added: skip + added))
    }
    return added
  }

  /// Reads a file that `export` wrote.
  /// - Throws: `LabelImportError` naming file and line.
  public static func records(of text: Data, _ format: LabelFormat, file: String) throws -> [LabelRecord] {
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
      if let problem = records.last?.problem { throw failure(problem) }
    }
    return records
  }

  /// The valid answers that a filter selects, latest first.
  public func labels(_ filter: LabelFilter = LabelFilter(), limit: Int) throws(LabelStoreError) -> [LabelRecord] {
    var found: [LabelRecord] = []
    try forEachValid { record in
      guard filter.matches(record) else { return }
      found.append(record)
      // Twice the limit bounds the memory; the latest are at the end.
      if found.count >= 2 * limit { found.removeFirst(found.count - limit) }
    }
    return found.suffix(limit).reversed()
  }

  /// Withdraws all answers to the captions whose valid answer a filter selects. A learner that opens the store asks
  /// about them again. The answers stay in the file as history.
  /// - Parameter date: seconds since 1970.
  /// - Returns: the number of captions.
  @discardableResult
  public func withdraw(_ filter: LabelFilter, date: Double) throws(LabelStoreError) -> Int {
    let captions = try all().filter(filter.matches).map(\.caption)
    try withdraw(captions, date: date)
    return captions.count
  }
}

/// Selects valid answers. A field that is nil selects all.
public struct LabelFilter: Sendable, Hashable {
  /// Bytes that the caption contains.
  public var text: [UInt8]?
  public var kind: String?
  public var version: String?
  public var model: String?
  public var goal: String?
  /// Selects abstentions (true) or labels (false).
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
