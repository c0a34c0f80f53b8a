import Captions
import Foundation
import GRDB
import Testing

@testable import LabelStore

struct LabelStoreTests {
  let folder: TestFolder
  let path: String

  init() throws {
    folder = try TestFolder()
    path = folder.path("labels.sqlite")
  }

  @Test func whatIsAppendedIsReadBackInOrder() throws {
    let store = try LabelStore(path: path)
    let records = [
      record("You kill the newt!", .label(1), at: 1_700_000_000.25),
      record("It's a wall.", .label(0)),
      record("?", .abstain, annotator: "bert", version: "ümlaut"),
      LabelRecord(
        caption: [0, 255, 34, 10], judgement: Judgement(.label(0.25)),
        source: RecordSource(annotator: "", origin: LabelOrigin(kind: "oracle", version: ""), answeredAt: 0)),
    ]
    try store.append(records)
    try store.append([LabelRecord]())
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

  /// A record with a value in every field.
  private func full(_ caption: String, run: String = "r", version: String = "7") -> LabelRecord {
    let evidence = LabelEvidence(
      prompt: "default@2", goal: "gold", model: "m\n\"8B", server: "http://a:1", latencySeconds: 0.125,
      promptTokens: 700,
      answerTokens: 3, samples: 5, answerDigest: .max - 1)
    return LabelRecord(
      caption: bytes(caption),
      judgement: Judgement(.label(1), logOdds: -0.1, asked: bytes("asked ") + [0xFF, 0], evidence: evidence),
      template: bytes("You {creature}"),
      source: RecordSource(
        run: run, annotator: "anna", origin: LabelOrigin(kind: "llm", version: version), answeredAt: 2.5))
  }

  @Test func everyFieldIsKeptAndCoveredByTheDigest() throws {
    let store = try LabelStore(path: path)
    try store.append([full("a"), record("b", .label(0))])
    #expect(try store.all() == [full("a"), record("b", .label(0))])
    let changes: [(inout LabelRecord) -> Void] = [
      { $0.judgement.logOdds = nil }, { $0.judgement.logOdds = 0.1 }, { $0.judgement.evidence = nil },
      { $0.judgement.asked = nil }, { $0.judgement.asked = [] },
      { $0.template = nil }, { $0.source.run = "s" }, { $0.source.annotator = "bert" },
      { $0.source.origin.kind = "llx" }, { $0.source.origin.version = "8" },
      { $0.source.answeredAt = 3 }, { $0.judgement.verdict = .abstain }, { $0.judgement.verdict = .label(0) },
      { $0.caption = [1] },
      { $0.judgement.evidence?.prompt = "" }, { $0.judgement.evidence?.goal = "" },
      { $0.judgement.evidence?.model = "" },
      { $0.judgement.evidence?.server = "" },
      { $0.judgement.evidence?.latencySeconds = 1 }, { $0.judgement.evidence?.promptTokens = 1 },
      { $0.judgement.evidence?.answerTokens = 1 },
      { $0.judgement.evidence?.samples = 1 }, { $0.judgement.evidence?.answerDigest = 1 },
    ]
    var digests: Set<UInt64> = [full("a").digest]
    for change in changes {
      var changed = full("a")
      change(&changed)
      digests.insert(changed.digest)
    }
    #expect(digests.count == changes.count + 1)
  }

  @Test func repeatedTextsAreStoredOnce() throws {
    let store = try LabelStore(path: path)
    try store.append((0..<20).map { full("\($0)") })
    try store.append((20..<40).map { full("\($0)") })
    let shell = try DatabaseQueue(path: path)
    // Run, annotator, kind, version, prompt, goal, model, server.
    #expect(try shell.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM term") } == 8)
    #expect(try shell.read { try String.fetchOne($0, sql: "SELECT goal FROM label LIMIT 1") } == "gold")
  }

  @Test func answersOfOneOriginCanBeReadAlone() throws {
    let store = try LabelStore(path: path)
    try store.append([
      full("a", version: "gold"), full("b", version: "combat"), full("c", version: "gold"),
      full("a", version: "combat"),
    ])
    let gold = LabelOrigin(kind: "llm", version: "gold")
    #expect(try store.all(of: gold).map(\.caption) == [bytes("a"), bytes("c")])
    #expect(try store.all().map(\.caption) == [bytes("b"), bytes("c"), bytes("a")])
    #expect(try store.origins().first == LabelOrigin(kind: "llm", version: "combat"))
    #expect(try store.foreignCaptions(to: gold) == 1)
    #expect(try store.all(of: LabelOrigin(kind: "rules", version: "7")).isEmpty)
    // Nothing is not the goal "gold".
    try store.append([record("d", .label(1), version: "7")])
    #expect(try store.all(of: LabelOrigin(kind: "rules", version: "7")).count == 1)
  }

  @Test func whatARunSpentIsItsOwn() throws {
    let store = try LabelStore(path: path)
    #expect(try store.spent(by: "r") == (0, 0))
    try store.append([full("a"), full("b"), full("a", run: "other"), record("c", .abstain)])
    #expect(try store.spent(by: "r") == (2, 2 * 703))
  }

  @Test func preferencesAreKept() throws {
    let store = try LabelStore(path: path)
    let records = PairVerdict.allCases.map { preference in
      PreferenceRecord(
        first: [0xFF], second: bytes("b"),
        judgement: PairJudgement(preference, evidence: full("x").judgement.evidence),
        source: full("x").source)
    }
    try store.append(records)
    #expect(try store.preferences() == records)
    var same = records[0]
    same.second = same.first
    #expect(throws: LabelStoreError.self) { try store.append([records[1], same]) }
    #expect(try store.preferences().count == records.count)
  }

  @Test func severalProcessesWriteOneStore() throws {
    let stores = try (0..<3).map { _ in try LabelStore(path: path) }
    for number in 0..<30 { try stores[number % 3].append([full("\(number)", run: "run \(number % 3)")]) }
    #expect(try stores[0].all().count == 30 && stores[1].spent(by: "run 2").labels == 10)
  }

  @Test func resumeRestoresTheLedger() throws {
    let store = try LabelStore(path: path)
    try store.append([record("a", .label(0)), record("b", .abstain), record("a", .label(1))])
    var ledger = CaptionLedger()
    let records = try store.all()
    #expect(records.count == 2)
    for record in records { #expect(ledger.restore(record.caption, record.verdict) != nil) }
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
    // In an SQLite shell the view shows captions as text.
    let shell = try DatabaseQueue(path: path)
    #expect(try shell.read { try String.fetchAll($0, sql: "SELECT text FROM label WHERE label > 0") } == ["a"])
  }

  @Test func everyCommitIsSyncedToTheDisk() throws {
    let store = try LabelStore(path: path)
    #expect(try store.pragma("journal_mode") == "wal")
    #expect(try store.pragma("synchronous") == "2")
  }
}
