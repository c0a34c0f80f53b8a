import Foundation
import GRDB
import Testing

@testable import Annotation

/// Files that a killed process, a bad disk or a wrong path leave to be opened.
struct LabelStoreDamageTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
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
    try other.write { try $0.execute(sql: "PRAGMA user_version = 2") }
    #expect(throws: LabelStoreError(path: path, reason: .newerSchema(2))) { try LabelStore(path: path) }
    #expect(throws: LabelStoreError(path: path, reason: .newerSchema(2))) {
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
