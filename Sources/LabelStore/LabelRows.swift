import Captions
import Foundation
import GRDB

/// Writes records as rows, within one transaction.
struct RowWriter {
  private static let originNames = """
    run, annotator, kind, version, answered_at, prompt, goal, model, server, latency, prompt_tokens, answer_tokens, \
    samples, answer_digest, digest
    """
  private static let originMarks = Array(repeating: "?", count: 15).joined(separator: ", ")

  private static let answerInsertion = """
    INSERT INTO answer (sequence, caption, label, abstained, log_odds, asked, template, \(originNames))
    VALUES (?, ?, ?, ?, ?, ?, ?, \(originMarks))
    """
  private static let preferenceInsertion = """
    INSERT INTO preference (first, second, outcome, \(originNames)) VALUES (?, ?, ?, \(originMarks))
    """

  private let connection: Database
  private let path: String
  private var terms = TermTable()

  /// - Parameter path: the file's path, for errors.
  init(_ connection: Database, path: String) {
    self.connection = connection
    self.path = path
  }

  /// - Parameter sequence: the sequence number; nil for the next one.
  mutating func insert(_ record: LabelRecord, sequence: Int64? = nil) throws {
    if let problem = record.problem { throw refused(problem) }
    let judgement = record.judgement
    let label = judgement.verdict.label.map { Double($0) }
    let logOdds = judgement.logOdds.map { Double($0) }
    var arguments: StatementArguments = [
      sequence, Data(record.caption), label, label == nil, logOdds, judgement.asked.map { Data($0) },
      record.template.map { Data($0) },
    ]
    arguments += try origin(record.source, judgement.evidence)
    arguments += [Int64(bitPattern: record.digest)]
    try connection.cachedStatement(sql: Self.answerInsertion).execute(arguments: arguments)
    for text in [record.caption, judgement.asked, record.template].compactMap(\.self) {
      try EscapedTexts.add(text, connection)
    }
    try UnreadableRecord(judgement.unreadable, to: record.caption, record.source, judgement.evidence)?
      .insert(connection)
  }

  mutating func insert(_ record: PreferenceRecord) throws {
    if let problem = record.problem { throw refused(problem) }
    var arguments: StatementArguments = [Data(record.first), Data(record.second), record.judgement.verdict.rawValue]
    arguments += try origin(record.source, record.judgement.evidence)
    arguments += [Int64(bitPattern: record.digest)]
    try connection.cachedStatement(sql: Self.preferenceInsertion).execute(arguments: arguments)
    let judgement = record.judgement
    for text in [record.first, record.second] { try EscapedTexts.add(text, connection) }
    try UnreadableRecord(judgement.unreadable, to: record.first, record.source, judgement.evidence)?.insert(connection)
  }

  /// The values of the columns that answers and preferences share, without the digest.
  private mutating func origin(_ source: RecordSource, _ evidence: LabelEvidence?) throws -> StatementArguments {
    var arguments = StatementArguments()
    for text in source.names { arguments += [try terms.number(of: text, connection)] }
    arguments += [source.answeredAt]
    guard let evidence else { return arguments + StatementArguments([DatabaseValue](repeating: .null, count: 9)) }
    for text in evidence.names { arguments += [try terms.number(of: text, connection)] }
    return arguments + [
      evidence.latencySeconds, evidence.promptTokens, evidence.answerTokens, evidence.samples,
      Int64(bitPattern: evidence.answerDigest),
    ]
  }

  private func refused(_ what: String) -> LabelStoreError { LabelStoreError(path: path, reason: .refused(what)) }
}

/// Reads rows as records, within one transaction, and compares each with its digest.
struct RowReader {
  private let path: String
  private let terms: TermTable

  /// - Parameter path: the file's path, for errors.
  init(_ connection: Database, path: String) throws {
    self.path = path
    terms = try TermTable(connection)
  }

  /// A row of `answer` as a record.
  func record(of row: Row) throws -> LabelRecord {
    let label: Double? = row["label"]
    let logOdds: Double? = row["log_odds"]
    let asked: Data? = row["asked"]
    let template: Data? = row["template"]
    let record = LabelRecord(
      caption: [UInt8](row["caption"] as Data),
      judgement: Judgement(
        label.map { .label(Float($0)) } ?? .abstain, logOdds: logOdds.map { Float($0) },
        asked: asked.map { [UInt8]($0) },
        evidence: evidence(row)),
      template: template.map { [UInt8]($0) }, source: source(row))
    guard Int64(bitPattern: record.digest) == row["digest"] else { throw LabelStoreError.damaged("answer", row, path) }
    return record
  }

  /// A row of `preference` as a record.
  func preference(of row: Row) throws -> PreferenceRecord {
    let outcome: Int = row["outcome"]
    let record = PreferenceRecord(
      first: [UInt8](row["first"] as Data), second: [UInt8](row["second"] as Data),
      judgement: PairJudgement(PairVerdict(rawValue: outcome) ?? .abstain, evidence: evidence(row)),
      source: source(row))
    guard Int64(bitPattern: record.digest) == row["digest"] else {
      throw LabelStoreError.damaged("preference", row, path)
    }
    return record
  }

  private func source(_ row: Row) -> RecordSource {
    RecordSource(
      run: terms.text(row["run"]) ?? "", annotator: terms.text(row["annotator"]) ?? "",
      origin: LabelOrigin(kind: terms.text(row["kind"]) ?? "", version: terms.text(row["version"]) ?? ""),
      answeredAt: row["answered_at"])
  }

  private func evidence(_ row: Row) -> LabelEvidence? {
    guard let samples = row["samples"] as Int? else { return nil }
    let digest: Int64 = row["answer_digest"]
    return LabelEvidence(
      prompt: terms.text(row["prompt"]) ?? "", goal: terms.text(row["goal"]) ?? "",
      model: terms.text(row["model"]) ?? "", server: terms.text(row["server"]) ?? "", latencySeconds: row["latency"],
      promptTokens: row["prompt_tokens"], answerTokens: row["answer_tokens"], samples: samples,
      answerDigest: UInt64(bitPattern: digest))
  }
}

func captionText(_ caption: [UInt8]) -> String { String(decoding: caption, as: UTF8.self) }

extension LabelStoreError {
  /// A row that does not match its digest.
  static func damaged(_ table: String, _ row: Row, _ path: String) -> LabelStoreError {
    let sequence: Int64 = row["sequence"]
    let caption = (row["caption"] as Data?).map { " (\(captionText([UInt8]($0))))" } ?? ""
    return LabelStoreError(path: path, reason: .damaged("\(table) \(sequence)\(caption) does not match its digest"))
  }
}

/// Numbers of the texts that repeat on every row (table `term`). Valid for one transaction.
struct TermTable {
  private var numbers: [String: Int64] = [:]
  private var texts: [Int64: String] = [:]

  init() {}

  /// Reads all terms.
  init(_ connection: Database) throws {
    let rows = try Row.fetchCursor(connection, sql: "SELECT id, text FROM term")
    while let row = try rows.next() { texts[row[0]] = row[1] }
  }

  /// The number of a text; adds the text to the table if it is new.
  mutating func number(of text: String, _ connection: Database) throws -> Int64 {
    if let number = numbers[text] { return number }
    try connection.cachedStatement(sql: "INSERT OR IGNORE INTO term (text) VALUES (?)").execute(arguments: [text])
    let number = try Int64.fetchOne(connection, sql: "SELECT id FROM term WHERE text = ?", arguments: [text])
    guard let number else { throw DatabaseError(message: "a term vanished") }
    numbers[text] = number
    return number
  }

  /// The text of a number; nil for unknown numbers, which an undamaged store does not have.
  func text(_ number: Int64?) -> String? { number.flatMap { texts[$0] } }
}
