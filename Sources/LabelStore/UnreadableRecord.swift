import Captions
import Foundation
import GRDB

/// The first answer of a model that could not be read for one reason, as a store keeps it for people.
public struct UnreadableRecord: Sendable, Hashable {
  /// The caption that the model was asked about; of a pair the first one.
  public var caption: [UInt8]
  public var answer: UnreadableAnswer
  public var source: RecordSource
  public var model: String
  public var server: String

  /// Records of a store at most; a model can give any number of reasons.
  static let maximumCount = 200

  /// - Returns: nil if every answer could be read.
  init?(_ answer: UnreadableAnswer?, to caption: [UInt8], _ source: RecordSource, _ evidence: LabelEvidence?) {
    guard let answer else { return nil }
    self.init(
      caption: caption, answer: answer, source: source, model: evidence?.model ?? "", server: evidence?.server ?? "")
  }

  init(caption: [UInt8], answer: UnreadableAnswer, source: RecordSource, model: String, server: String) {
    (self.caption, self.answer, self.source) = (caption, answer, source)
    (self.model, self.server) = (model, server)
  }

  /// Adds the record if it is the first of its kind and the table is not full.
  func insert(_ connection: Database) throws {
    try connection.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO unreadable
          (caption, reason, said, kind, version, model, server, annotator, run, answered_at)
        SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM unreadable) < \(Self.maximumCount)
        """
    ).execute(arguments: [
      Data(caption), answer.reason, answer.said, source.origin.kind, source.origin.version, model, server,
      source.annotator, source.run, source.answeredAt,
    ])
    try EscapedTexts.add(caption, connection)
  }

  init(_ row: Row) {
    self.init(
      caption: [UInt8](row["caption"] as Data), answer: UnreadableAnswer(reason: row["reason"], said: row["said"]),
      source: RecordSource(
        run: row["run"], annotator: row["annotator"], origin: LabelOrigin(kind: row["kind"], version: row["version"]),
        answeredAt: row["answered_at"]), model: row["model"], server: row["server"])
  }
}

extension LabelStore {
  /// The first answers that could not be read, oldest first; none in a file of an older version.
  public func unreadableAnswers() throws(LabelStoreError) -> [UnreadableRecord] {
    try reading { connection in
      guard try connection.tableExists("unreadable") else { return [] }
      return try Row.fetchAll(connection, sql: "SELECT * FROM unreadable ORDER BY sequence").map(UnreadableRecord.init)
    }
  }
}
