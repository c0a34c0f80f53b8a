import Captions
import Foundation
import GRDB
import Testing

@testable import LabelStore

/// Files that a killed process, a bad disk or a wrong path leave to be opened.
struct LabelStoreDamageTests {
  let folder: TestFolder
  let path: String

  init() throws {
    folder = try TestFolder()
    path = folder.path("labels.sqlite")
  }

  @Test func whatWasAppendedSurvivesAKilledProcess() throws {
    // The files of a store that is still open are what a killed process leaves.
    let store = try LabelStore(path: path)
    try store.append([record("a", .label(1)), record("b", .abstain)])
    let copy = try copyFiles()
    #expect(try LabelStore(path: copy).all() == [record("a", .label(1)), record("b", .abstain)])
  }

  @Test func aTornBatchIsAbsentAndTheEarlierOnesAreWhole() throws {
    let store = try LabelStore(path: path)
    let first = (0..<50).map { record("first \($0)", .label(1)) }
    let second = (0..<500).map { record("second \($0)", .label(0)) }
    try store.append(first)
    let before = try size(of: path + "-wal")
    try store.append(second)
    let after = try size(of: path + "-wal")
    for cut in [before + 1, before + 4_096, (before + after) / 2, after - 1] {
      let copy = try copyFiles(logBytes: cut)
      #expect(try LabelStore(path: copy).all() == first)
    }
    #expect(try LabelStore(path: try copyFiles(logBytes: after)).all() == first + second)
  }

  @Test func aFlippedLabelIsNoticed() throws {
    try filled()
    try withoutTriggers { try $0.execute(sql: "UPDATE answer SET label = 1 - label WHERE sequence = 7") }
    let store = try LabelStore(path: path)
    let error = #expect(throws: LabelStoreError.self) { try store.all() }
    #expect(error?.description.contains("answer 7") == true && error?.path == path)
  }

  @Test(arguments: [
    "log_odds = 2",
    "latency = 9, prompt = 1, goal = 1, model = 1, server = 1, prompt_tokens = 0, answer_tokens = 0, samples = 0, answer_digest = 0",
    "asked = x'00'", "template = x'00'", "run = kind", "answered_at = 7",
  ])
  func aChangedColumnIsNoticed(change: String) throws {
    try filled()
    try withoutTriggers { try $0.execute(sql: "UPDATE answer SET \(change) WHERE sequence = 7") }
    let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: path).all() }
    #expect(error?.description.contains("answer 7") == true)
  }

  @Test func aChangedTermIsNoticed() throws {
    try filled()
    try withoutTriggers {
      try $0.execute(sql: "DROP TRIGGER term_is_never_changed; UPDATE term SET text = 'other' WHERE text = 'rules'")
    }
    #expect(throws: LabelStoreError.self) { try LabelStore(path: path).all() }
  }

  @Test func aPreferenceThatWasChangedIsNoticed() throws {
    let pair = PreferenceRecord(
      first: bytes("a"), second: bytes("b"), judgement: PairJudgement(.first),
      source: RecordSource(annotator: "anna", origin: LabelOrigin(kind: "llm", version: "1"), answeredAt: 1))
    try LabelStore(path: path).append([pair])
    try withoutTriggers {
      try $0.execute(sql: "DROP TRIGGER preference_is_never_changed; UPDATE preference SET outcome = 2")
    }
    let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: path).preferences() }
    #expect(error?.description.contains("preference 1") == true)
  }

  @Test func aStoreOfSchema1IsBroughtUpToDate() throws {
    let records = try Schema1.write(to: path)
    #expect(throws: LabelStoreError(path: path, reason: .olderSchema(1))) {
      try LabelStore(path: path, access: .readOnly)
    }
    for _ in 0..<2 {
      let store = try LabelStore(path: path)
      #expect(
        try store.all() == [records[1], records[2]] && store.history(of: bytes("a")) == [records[0], records[2]])
      #expect(try store.pragma("user_version") == "3")
      try store.close()
    }
    #expect(try LabelStore(path: path, access: .readOnly).counts().answers == 3)
  }

  /// Damage must not get a new and valid digest.
  @Test func aDamagedStoreOfSchema1IsLeftAsItWas() throws {
    let records = try Schema1.write(to: path)
    let other = try DatabaseQueue(path: path)
    try other.write {
      try $0.execute(sql: "DROP TRIGGER answer_is_never_changed; UPDATE answer SET label = 0.5 WHERE sequence = 2")
    }
    let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: path) }
    #expect(error?.description.contains("answer 2 (b)") == true)
    let rows = try other.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM answer") }
    #expect(rows == records.count)
    #expect(try other.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 1)
  }

  @Test func aDamagedPageIsNoticedAtOpening() throws {
    try filled()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    // Page 1 holds the schema; what follows is table and index.
    try file.seek(toOffset: 4_096)
    try file.write(contentsOf: Data(repeating: 0xA5, count: 3 * 4_096))
    try file.close()
    let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: path) }
    guard case .damaged = error?.reason else {
      Issue.record("expected damage, got \(String(describing: error))")
      return
    }
    #expect(error?.description.contains(path) == true)
  }

  @Test func aTruncatedFileIsNoticedAtOpening() throws {
    try filled()
    let size = try size(of: path)
    try FileHandle(forUpdating: URL(fileURLWithPath: path)).truncate(atOffset: UInt64(size / 2))
    #expect(throws: LabelStoreError.self) { try LabelStore(path: path) }
  }

  @Test func aTextFileIsNoLabelStore() throws {
    try Data(repeating: 0x41, count: 10_000).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: path) }
    #expect(error?.reason == .notADatabase && error?.path == path)
  }

  @Test func aForeignDatabaseIsRefusedAndLeftAsItWas() throws {
    let foreign = try DatabaseQueue(path: path)
    try foreign.write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
    try foreign.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: path) }
    #expect(error?.reason == .foreign)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
  }

  @Test func aNewerSchemaIsRefused() throws {
    try filled()
    let other = try DatabaseQueue(path: path)
    try other.write { try $0.execute(sql: "PRAGMA user_version = \(LabelStore.schemaVersion + 1)") }
    #expect(throws: LabelStoreError(path: path, reason: .newerSchema(LabelStore.schemaVersion + 1))) {
      try LabelStore(path: path)
    }
    #expect(throws: LabelStoreError(path: path, reason: .newerSchema(LabelStore.schemaVersion + 1))) {
      try LabelStore(path: path, access: .readOnly)
    }
  }

  @Test func aMissingFolderOrFileIsNamed() throws {
    let missing = folder.path("none/labels.sqlite")
    for access in [LabelStore.Access.readOnly, .readWrite] {
      let error = #expect(throws: LabelStoreError.self) { try LabelStore(path: missing, access: access) }
      #expect(error?.description.contains(missing) == true)
    }
    #expect(throws: LabelStoreError.self) { try LabelStore(path: path, access: .readOnly) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func anEmptyFileBecomesAStore() throws {
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(try LabelStore(path: path).counts().answers == 0)
  }

  // MARK: Parts

  /// Writes a store of several pages and closes it.
  private func filled() throws {
    let store = try LabelStore(path: path)
    try store.append((0..<500).map { record("caption number \($0)", .label(Float($0 % 2))) })
    try store.close()
  }

  private func withoutTriggers(_ body: @Sendable (Database) throws -> Void) throws {
    let other = try DatabaseQueue(path: path)
    try other.write { connection in
      try connection.execute(sql: "DROP TRIGGER answer_is_never_changed")
      try body(connection)
    }
    try other.close()
  }

  private func size(of path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  /// Copies the database and its write-ahead log, the log cut to `logBytes`, under a new name.
  private func copyFiles(logBytes: Int? = nil) throws -> String {
    let target = folder.path(UUID().uuidString)
    try FileManager.default.copyItem(atPath: path, toPath: target)
    let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    try log.prefix(logBytes ?? log.count).write(to: URL(fileURLWithPath: target + "-wal"))
    return target
  }
}
