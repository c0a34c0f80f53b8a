import Captions
import Foundation
import Testing

@testable import LabelStore

struct StoreMergeTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func store(_ name: String, _ records: [LabelRecord]) throws -> LabelStore {
    let store = try LabelStore(path: folder.path(name))
    try store.append(records)
    return store
  }

  @Test func whatAStoreLacksIsAddedOnce() throws {
    let target = try store("a.sqlite", [record("x", .label(1)), record("y", .abstain)])
    let other = try store(
      "b.sqlite",
      [record("y", .abstain, at: 9), record("z", .label(0), at: 2), record("z", .label(1), at: 3)]
        // The same caption by another origin is another answer.
        + [record("x", .label(0), version: "2", at: 5)])
    let outcome = try target.merge(try other.answersOfEveryOrigin())
    #expect(outcome.added == 2 && outcome.known == 1 && outcome.conflicts == 0)
    let own = LabelOrigin(kind: "rules", version: "1")
    #expect(try target.all(of: own).map(\.verdict) == [.label(1), .abstain, .label(1)])
    #expect(try target.origins().count == 2)
    let again = try target.merge(try other.answersOfEveryOrigin())
    #expect(again.added == 0 && again.known == 3)
    #expect(try target.counts().answers == 4)
  }

  @Test func ofAnswersThatContradictTheLaterOneCounts() throws {
    let target = try store("a.sqlite", [record("old", .label(1), at: 1), record("new", .label(1), at: 9)])
    let others = [record("old", .label(0), at: 5), record("new", .abstain, at: 5)]
    let outcome = try target.merge(others)
    #expect(outcome.conflicts == 2 && outcome.added == 0)
    #expect(outcome.firstConflicts.map(\.isReplaced) == [true, false])
    let valid = try target.all()
    #expect(Set(valid.map(\.verdict)) == [.label(0), .label(1)] && valid.last?.caption == bytes("old"))
    let text = LabelReport.merge(outcome, from: "b")
    #expect(text.contains("\"old\": 1.0 here, 0.0 there, by rules 1; the other, later one counts"))
    #expect(text.contains("\"new\": 1.0 here, abstained there") && text.contains("2 contradict"))
  }

  @Test func manyConflictsAreCountedAndTheFirstAreShown() throws {
    let target = try store("a.sqlite", (0..<2_000).map { record("\($0)", .label(1), at: 1) })
    let outcome = try target.merge((0..<2_000).map { record("\($0)", .label(0), at: 2) })
    #expect(outcome.conflicts == 2_000 && outcome.firstConflicts.count == 5)
    #expect(try target.counts().positive == 0)
  }
}

struct CaptionListTests {
  private func captions(_ text: String) throws -> [String] {
    var list = CaptionList()
    try list.addFile(Data(text.utf8), name: "f")
    return list.captions.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func aFileIsALineForEachMessage() throws {
    #expect(try captions("You fall.\r\n\n# a comment\nIt's a wall.\nYou fall.") == ["You fall.", "It's a wall."])
    #expect(try captions("a\\\\b\nC:\\new") == ["a\\b", "C:\\new"])
    var list = CaptionList()
    try list.addFile(Data(bytes("x\\xFF\n") + [0xFE, 10]), name: "f")
    #expect(list.captions == [[120, 0xFF], [0xFE]])
  }

  @Test func aTableNamesItsColumns() throws {
    #expect(try captions("label\tmessage\n1\tYou win!\n0\tYou lose.") == ["You win!", "You lose."])
    #expect(try captions("steps\tcaption\n2\trare\n90\toften\n2\trare too") == ["often", "rare", "rare too"])
    #expect(throws: LabelImportError(file: "f", line: 3, problem: "1 columns, not 2")) {
      try captions("label\tmessage\n1\ta\nb")
    }
    #expect(throws: LabelImportError(file: "f", line: 2, problem: "steps is not a number")) {
      try captions("steps\tcaption\nmany\ta")
    }
  }

  @Test func captionsAreCutAsALedgerCutsThem() {
    var list = CaptionList()
    list.add(Array(repeating: 65, count: 300), steps: 1)
    list.add(Array(repeating: 65, count: 256), steps: 1)
    list.add([])
    #expect(list.captions == [Array(repeating: 65, count: 256)])
  }
}
