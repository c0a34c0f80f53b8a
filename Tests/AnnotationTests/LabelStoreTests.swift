import Foundation
import GRDB
import Testing

@testable import Annotation

struct LabelStoreTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("labels.sqlite")
  }

  @Test func whatIsAppendedIsReadBackInOrder() throws {
    let store = try LabelStore(path: path)
    let records = [
      record("You kill the newt!", .label(1), at: 1_700_000_000.25),
      record("It's a wall.", .label(0)),
      record("?", .abstain, annotator: "bert", version: "ümlaut"),
      LabelRecord(
        caption: [0, 255, 34, 10], verdict: .label(0.25), annotator: "", kind: "oracle", version: "", answeredAt: 0),
    ]
    try store.append(records)
    try store.append([])
    #expect(try store.all() == records)
    try store.close()
    #expect(try LabelStore(path: path).all() == records)
  }

  @Test func theLatestAnswerStandsAndTheEarlierOnesAreKept() throws {
    let store = try LabelStore(path: path)
    let first = [record("a", .label(0)), record("b", .label(1)), record("c", .label(1))]
    let second = [record("a", .abstain, version: "2"), record("c", .label(0), version: "2")]
    try store.append(first)
    try store.append(second)
    #expect(try store.all() == [first[1], second[0], second[1]])
    #expect(try store.history(of: bytes("a")) == [first[0], second[0]])
    #expect(try store.counts() == LabelStoreCounts(answers: 5, labelled: 2, positive: 1, abstained: 1))
  }

  @Test func resumeRestoresTheLedger() throws {
    let store = try LabelStore(path: path)
    try store.append([record("a", .label(0)), record("b", .abstain), record("a", .label(1))])
    var ledger = CaptionLedger()
    #expect(ledger.restore(try store.all()) == 2)
    #expect(ledger.find(bytes("a")).flatMap { ledger.label(of: $0) } == 1)
    #expect(ledger.find(bytes("b")).flatMap { ledger.state(of: $0) } == .abstained)
  }

  @Test func aBatchWithABadRecordIsRefusedAsAWhole() throws {
    let store = try LabelStore(path: path)
    let bad = [record("", .label(1)), record("x", .label(.nan)), record(String(repeating: "x", count: 257), .abstain)]
    for unacceptable in bad {
      let error = #expect(throws: LabelStoreError.self) {
        try store.append([record("good", .label(1)), unacceptable])
      }
      guard case .refused = error?.reason else {
        Issue.record("expected a refusal, got \(String(describing: error))")
        continue
      }
    }
    #expect(try store.counts().answers == 0)
  }

  @Test func answersCannotBeChangedOrDeleted() throws {
    try LabelStore(path: path).append([record("a", .label(1))])
    let other = try DatabaseQueue(path: path)
    #expect(throws: DatabaseError.self) { try other.write { try $0.execute(sql: "UPDATE answer SET label = 0") } }
    #expect(throws: DatabaseError.self) { try other.write { try $0.execute(sql: "DELETE FROM answer") } }
    #expect(try LabelStore(path: path).all().map(\.verdict) == [.label(1)])
  }

  @Test func readersSeeCommittedAnswersWhileTheStoreIsOpen() throws {
    let store = try LabelStore(path: path)
    try store.append([record("a", .label(1))])
    let reader = try LabelStore(path: path, access: .readOnly)
    #expect(try reader.counts().labelled == 1)
    try store.append([record("b", .label(0))])
    #expect(try reader.counts().labelled == 2)
    #expect(throws: LabelStoreError.self) { try reader.append([record("c", .label(0))]) }
    // And whoever has an SQLite shell: the view shows captions as text.
    let shell = try DatabaseQueue(path: path)
    #expect(try shell.read { try String.fetchAll($0, sql: "SELECT text FROM label WHERE label > 0") } == ["a"])
  }

  @Test func everyCommitIsSyncedToTheDisk() throws {
    let store = try LabelStore(path: path)
    #expect(try store.pragma("journal_mode") == "wal")
    #expect(try store.pragma("synchronous") == "2")
  }
}
