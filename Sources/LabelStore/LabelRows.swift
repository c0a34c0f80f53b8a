import Captions
import Foundation
import GRDB

extension LabelStore {
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

  // MARK: Writing

  /// - Parameter sequence: nil for the next one.
  static func insert(
    _ record: LabelRecord, sequence: Int64? = nil, _ connection: Database, _ terms: inout TermTable, path: String
  ) throws {
    try checkCaption(record.caption, path)
    let judgement = record.judgement
    let label = judgement.verdict.label.map { Double($0) }
    let logOdds = judgement.logOdds.map { Double($0) }
    for (name, number) in [("label", label), ("log-odds", logOdds)] {
      if let number, !number.isFinite { throw refused("\(name) \(number) of \(text(record.caption))", path) }
    }
    var arguments: StatementArguments = [
      sequence, Data(record.caption), label, label == nil, logOdds, judgement.asked.map { Data($0) },
      record.template.map { Data($0) },
    ]
    arguments += try origin(record.source, judgement.evidence, connection, &terms, path)
    arguments += [Int64(bitPattern: record.digest)]
    try connection.cachedStatement(sql: answerInsertion).execute(arguments: arguments)
  }

  static func insert(
    _ record: PreferenceRecord, _ connection: Database, _ terms: inout TermTable, path: String
  ) throws {
    try checkCaption(record.first, path)
    try checkCaption(record.second, path)
    guard record.first != record.second else { throw refused("the pair of \(text(record.first)) and itself", path) }
    var arguments: StatementArguments = [Data(record.first), Data(record.second), record.judgement.verdict.rawValue]
    arguments += try origin(record.source, record.judgement.evidence, connection, &terms, path)
    arguments += [Int64(bitPattern: record.digest)]
    try connection.cachedStatement(sql: preferenceInsertion).execute(arguments: arguments)
  }

  /// The values of the columns that answers and preferences share, without the digest.
  private static func origin(
    _ source: RecordSource, _ evidence: LabelEvidence?, _ connection: Database, _ terms: inout TermTable,
    _ path: String
  ) throws -> StatementArguments {
    let answeredAt = source.answeredAt
    guard answeredAt.isFinite else { throw refused("the time \(answeredAt)", path) }
    var arguments = StatementArguments()
    let names = [source.run, source.annotator, source.origin.kind, source.origin.version]
    let sources = evidence.map { [$0.prompt, $0.goal, $0.model, $0.server] } ?? []
    // SQLite's texts end at a zero byte when they are read.
    if let text = (names + sources).first(where: { $0.utf8.contains(0) }) {
      throw refused("a zero byte in \(text.debugDescription)", path)
    }
    for text in names { arguments += [try terms.number(of: text, connection)] }
    arguments += [answeredAt]
    guard let evidence else { return arguments + StatementArguments([DatabaseValue](repeating: .null, count: 9)) }
    guard evidence.latencySeconds.isFinite else { throw refused("the latency \(evidence.latencySeconds)", path) }
    for text in sources { arguments += [try terms.number(of: text, connection)] }
    return arguments + [
      evidence.latencySeconds, evidence.promptTokens, evidence.answerTokens, evidence.samples,
      Int64(bitPattern: evidence.answerDigest),
    ]
  }

  private static func checkCaption(_ caption: [UInt8], _ path: String) throws {
    guard (1...CaptionLedger.maximumCaptionBytes).contains(caption.count) else {
      throw refused("a caption of \(caption.count) bytes", path)
    }
  }

  // MARK: Reading

  /// A row of `answer` as a record.
  static func record(of row: Row, _ terms: TermTable, path: String) throws -> LabelRecord {
    let label: Double? = row["label"]
    let logOdds: Double? = row["log_odds"]
    let asked: Data? = row["asked"]
    let template: Data? = row["template"]
    let record = LabelRecord(
      caption: bytes(row["caption"]),
      judgement: Judgement(
        label.map { .label(Float($0)) } ?? .abstain, logOdds: logOdds.map { Float($0) },
        asked: asked.map { [UInt8]($0) },
        evidence: evidence(row, terms)),
      template: template.map { [UInt8]($0) }, source: source(row, terms))
    guard Int64(bitPattern: record.digest) == row["digest"] else { throw damaged("answer", row, path) }
    return record
  }

  /// A row of `preference` as a record.
  static func preference(of row: Row, _ terms: TermTable, path: String) throws -> PreferenceRecord {
    let outcome: Int = row["outcome"]
    let record = PreferenceRecord(
      first: bytes(row["first"]), second: bytes(row["second"]),
      judgement: PairJudgement(PairVerdict(rawValue: outcome) ?? .abstain, evidence: evidence(row, terms)),
      source: source(row, terms))
    guard Int64(bitPattern: record.digest) == row["digest"] else { throw damaged("preference", row, path) }
    return record
  }

  private static func source(_ row: Row, _ terms: TermTable) -> RecordSource {
    RecordSource(
      run: terms.text(row["run"]) ?? "", annotator: terms.text(row["annotator"]) ?? "",
      origin: LabelOrigin(kind: terms.text(row["kind"]) ?? "", version: terms.text(row["version"]) ?? ""),
      answeredAt: row["answered_at"])
  }

  private static func evidence(_ row: Row, _ terms: TermTable) -> LabelEvidence? {
    guard let samples = row["samples"] as Int? else { return nil }
    let digest: Int64 = row["answer_digest"]
    return LabelEvidence(
      prompt: terms.text(row["prompt"]) ?? "", goal: terms.text(row["goal"]) ?? "",
      model: terms.text(row["model"]) ?? "", server: terms.text(row["server"]) ?? "", latencySeconds: row["latency"],
      promptTokens: row["prompt_tokens"], answerTokens: row["answer_tokens"], samples: samples,
      answerDigest: UInt64(bitPattern: digest))
  }

  static func bytes(_ data: Data) -> [UInt8] { [UInt8](data) }

  private static func text(_ caption: [UInt8]) -> String { String(decoding: caption, as: UTF8.self) }

  // MARK: Errors

  static func damaged(_ table: String, _ row: Row, _ path: String) -> LabelStoreError {
    let sequence: Int64 = row["sequence"]
    let caption = (row["caption"] as Data?).map { " (\(text(bytes($0))))" } ?? ""
    return LabelStoreError(
      path: path, reason: .damaged("\(table) \(sequence)\(caption) does not match its digest"))
  }

  private static func refused(_ what: String, _ path: String) -> LabelStoreError {
    LabelStoreError(path: path, reason: .refused(what))
  }

  /// Runs `body` and turns SQLite's errors into the store's.
  static func reporting<Result>(
    _ path: String, opening: Bool = false, _ body: () throws -> Result
  ) throws(LabelStoreError) -> Result {
    do {
      return try body()
    } catch let error as LabelStoreError {
      throw error
    } catch let error as DatabaseError {
      throw LabelStoreError(path: path, reason: reason(of: error, opening: opening))
    } catch {
      throw LabelStoreError(path: path, reason: .failed("\(error)"))
    }
  }

  private static func reason(of error: DatabaseError, opening: Bool) -> LabelStoreError.Reason {
    let words = error.message ?? "\(error.resultCode)"
    return switch error.resultCode {
    case .SQLITE_NOTADB: .notADatabase
    case .SQLITE_CORRUPT: .damaged(words)
    case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
    case .SQLITE_CANTOPEN, .SQLITE_PERM: .cannotOpen(words)
    default: opening ? .cannotOpen(words) : .failed(words)
    }
  }
}

/// Texts that repeat on every row, as numbers of the table `term`. Good for one transaction.
struct TermTable {
  private var numbers: [String: Int64] = [:]
  private var texts: [Int64: String] = [:]

  init() {}

  /// Reads all terms there are.
  init(_ connection: Database) throws {
    let rows = try Row.fetchCursor(connection, sql: "SELECT id, text FROM term")
    while let row = try rows.next() { texts[row[0]] = row[1] }
  }

  /// The number of a text, which gets one if it has none.
  mutating func number(of text: String, _ connection: Database) throws -> Int64 {
    if let number = numbers[text] { return number }
    try connection.cachedStatement(sql: "INSERT OR IGNORE INTO term (text) VALUES (?)").execute(arguments: [text])
    let number = try Int64.fetchOne(connection, sql: "SELECT id FROM term WHERE text = ?", arguments: [text])
    guard let number else { throw DatabaseError(message: "a term vanished") }
    numbers[text] = number
    return number
  }

  /// The text of a number that was read; nil for others, which a whole store does not have.
  func text(_ number: Int64?) -> String? { number.flatMap { texts[$0] } }
}
