import Captions
import Foundation
import GRDB
import TestSupport
import Testing

@testable import LabelStore
@testable import Learner

/// An older version stored labels of any size. One of them must not end this run and every resumption of it.
struct UnusableLabelTests {
  private let folder: TemporaryDirectory
  private var path: String { folder.path + "/labels.sqlite" }

  init() throws { folder = try TemporaryDirectory() }

  private func record(_ caption: String, _ label: Float) -> LabelRecord {
    LabelRecord(
      caption: Array(caption.utf8), judgement: Judgement(.label(label)),
      source: RecordSource(
        annotator: "ann", origin: LabelOrigin(kind: "rules", version: "1"), answeredAt: 1))
  }

  /// Stores `label` as the older version did: with the digest of what it wrote.
  private func store(_ caption: String, _ label: Float) throws {
    try LabelStore(path: path).append([record(caption, 1)])
    try DatabaseQueue(path: path).write { connection in
      try connection.execute(
        sql: """
          DROP TRIGGER IF EXISTS answer_is_never_changed;
          UPDATE answer SET label = ?, digest = ? WHERE caption = ?
          """,
        arguments: [
          Double(label), Int64(bitPattern: record(caption, label).digest), Data(caption.utf8),
        ])
    }
  }

  @Test func areSkippedCountedAndNamedOnce() throws {
    try store("good", 0.5)
    try store("huge \u{7}", 3.4e38)
    try store("negative", -2)
    var desk = AnnotationDesk(store: try LabelStore(path: path), options: AnnotationDesk.Options())
    #expect(try desk.restore().map(\.value) == [0.5])
    #expect(
      desk.unusableNotice() == "2 labels of \(path) are out of range and not used; the first is of \"huge \\x07\": "
        + "label 3.4e+38 is not from 0.0 to 1.0")
    #expect(desk.unusableNotice() == nil)
    // The captions are asked again.
    _ = desk.intern(Array("negative".utf8))
    #expect(desk.ledger.statistics.queued == 1 && desk.ledger.statistics.labelled == 1)
  }

  /// The sum of these exceeds 64 bits, for which SQLite's `sum` is an error.
  @Test func tokensOfAnOlderVersionDoNotEndTheOpening() throws {
    var spender = record("a", 1)
    spender.judgement.evidence = LabelEvidence(model: "m", promptTokens: 1, answerTokens: 1, samples: 1)
    spender.source.run = "r"
    var other = spender
    other.caption = [66]
    try LabelStore(path: path).append([spender, other])
    try DatabaseQueue(path: path).write {
      try $0.execute(
        sql: "DROP TRIGGER IF EXISTS answer_is_never_changed; UPDATE answer SET prompt_tokens = \(Int64.max)")
    }
    let spent = try LabelStore(path: path, access: .readOnly).spent(by: "r")
    #expect(spent.labels == 2 && spent.tokens == .max)
  }
}
