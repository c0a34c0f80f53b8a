import Captions
import Foundation
import GRDB
import Testing

@testable import LabelStore

/// What programs other than Tengu read from a store.
struct LabelReadersTests {
  let folder: TestFolder
  let path: String

  init() throws {
    folder = try TestFolder()
    path = folder.path("labels.sqlite")
  }

  /// Captions with bytes of no encoding, a control character, a backslash and letters beyond ASCII, and plain ones.
  private static let captions: [[UInt8]] = [
    bytes("You kill the newt!"), [0xFF, 0x41], bytes("a\\b"), bytes("a\tb"), bytes("Æsir "), [0xC3],
  ]
  private static let texts = ["You kill the newt!", "\\xFFA", "a\\\\b", "a\\x09b", "Æsir ", "\\xC3"]

  private static let source = RecordSource(
    run: "r", annotator: "anna", origin: LabelOrigin(kind: "llm", version: "1"), answeredAt: 1)

  private func fill() throws {
    let store = try LabelStore(path: path)
    try store.append(
      Self.captions.map { caption in
        LabelRecord(
          caption: caption, judgement: Judgement(.label(1), asked: caption), template: caption, source: Self.source)
      })
    try store.append([
      PreferenceRecord(
        first: Self.captions[0], second: Self.captions[1], judgement: PairJudgement(.first), source: Self.source)
    ])
    try store.close()
  }

  private func texts(_ sql: String) throws -> [String] {
    try DatabaseQueue(path: path).read { try String.fetchAll($0, sql: sql) }
  }

  @Test func viewsShowTextsThatEveryProgramReads() throws {
    try fill()
    #expect(try texts("SELECT text FROM label ORDER BY sequence") == Self.texts)
    #expect(try texts("SELECT asked FROM label ORDER BY sequence") == Self.texts)
    #expect(try texts("SELECT template FROM label ORDER BY sequence") == Self.texts)
    #expect(try texts("SELECT first || ' < ' || second FROM compared") == ["You kill the newt! < \\xFFA"])
    // Plain texts are not kept twice.
    #expect(try texts("SELECT text FROM escaped").count == 4)
  }

  @Test func aStoreOfSchema2IsBroughtUpToDate() throws {
    try fill()
    let written = try LabelStore(path: path).all()
    try Schema2.restore(path)
    // Reading changes nothing.
    let read = try LabelStore(path: path, access: .readOnly)
    #expect(try read.all() == written && read.unreadableAnswers().isEmpty && read.pragma("user_version") == "2")
    #expect(try read.preferences().count == 1 && read.counts().answers == 6)
    try read.close()
    for _ in 0..<2 {
      let store = try LabelStore(path: path)
      #expect(try store.all().prefix(6) == written[...] && store.pragma("user_version") == "3")
      try store.append([record("new", .label(0))])
      try store.close()
    }
    #expect(try texts("SELECT text FROM label ORDER BY sequence LIMIT 6") == Self.texts)
    #expect(try texts("SELECT first FROM compared") == ["You kill the newt!"])
  }

  private static var hasPython: Bool {
    ["/usr/bin/python3", "/usr/local/bin/python3"].contains(where: FileManager.default.isExecutableFile)
  }

  @Test(.enabled(if: hasPython)) func pythonReadsEveryTable() throws {
    try fill()
    try LabelStore(path: path).append([unread([0xFE], "no\nword", "\u{1B}[31m<think>")])
    let program = """
      import sqlite3, sys
      store = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
      names = [row[0] for row in store.execute("select name from sqlite_master where type in ('table', 'view')")]
      rows = {name: store.execute(f"select * from {name}").fetchall() for name in names}
      assert all(rows[name] for name in ("label", "compared", "unreadable", "answer", "escaped")), rows
      """
    let python = Process()
    python.executableURL = URL(filePath: "/usr/bin/env")
    python.arguments = ["python3", "-c", program, path]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
  }

  // MARK: Answers that could not be read

  private func unread(_ caption: [UInt8], _ reason: String, _ said: String, version: String = "1") -> LabelRecord {
    let evidence = LabelEvidence(model: "m", server: "http://a:1", samples: 2)
    return LabelRecord(
      caption: caption,
      judgement: Judgement(
        .abstain, evidence: evidence, unreadable: UnreadableAnswer(reason: reason, said: said)),
      source: RecordSource(
        run: "r", annotator: "anna", origin: LabelOrigin(kind: "llm", version: version), answeredAt: 1))
  }

  @Test func theFirstUnreadableAnswerOfEachKindIsKept() throws {
    let store = try LabelStore(path: path)
    try store.append([
      unread(bytes("a"), "no word", "<think>\nWell"), unread(bytes("b"), "no word", "Hm"),
      unread(bytes("c"), "no word", "Hm", version: "2"), unread(bytes("d"), "not Yes", "Maybe"),
    ])
    let pair = PairJudgement(.abstain, unreadable: UnreadableAnswer(reason: "none of A, B", said: "C"))
    try store.append([
      PreferenceRecord(first: bytes("p"), second: bytes("q"), judgement: pair, source: Self.source)
    ])
    let kept = try store.unreadableAnswers()
    #expect(kept.map(\.caption) == [bytes("a"), bytes("c"), bytes("d"), bytes("p")])
    #expect(kept[0].answer.said == "<think>\\nWell" && kept[0].model == "m" && kept[0].source.run == "r")
    #expect(kept[0].server == "http://a:1" && kept[1].source.origin.version == "2")
    let report = LabelReport.unreadable(kept)
    #expect(report.contains("<think>\\nWell  ") && report.contains("none of A, B"))
    #expect(LabelReport.unreadable([]) == "")
  }

  @Test func unreadableAnswersAreBounded() throws {
    let store = try LabelStore(path: path)
    try store.append((0..<500).map { unread(bytes("\($0)"), "reason \($0)", "") })
    #expect(try store.unreadableAnswers().count == UnreadableRecord.maximumCount && store.counts().abstained == 500)
  }
}
