import Captions
import Foundation
import Testing

@testable import Judging

struct LabelledSetTests {
  private func problem(_ text: String) -> String {
    do throws(LabelledSetError) {
      _ = try LabelledSet(text, file: "set.tsv")
      return "none"
    } catch {
      return error.description
    }
  }

  @Test func readsColumnsByName() throws {
    let set = try LabelledSet(
      "# ours\nmessage\tauthor\tlabel\treason\n\nYou win!\tme\t1\tit is over\r\nIt's a wall.\tyou\t0\t\n", file: "x")
    #expect(
      set.messages == [
        LabelledMessage("You win!", isProgress: true, reason: "it is over"),
        LabelledMessage("It's a wall.", isProgress: false),
      ])
  }

  @Test(arguments: [
    ("", "set.tsv: has no labelled message"),
    ("label\tmessage\n", "set.tsv: has no labelled message"),
    ("label\ttext\n1\tx\n", "set.tsv:1: the first line has to name the columns \"label\" and \"message\""),
    ("label\tmessage\n1\ta\n\n1\tb\tc\n", "set.tsv:4: 3 columns, not 2"),
    ("label\tmessage\nyes\ta\n", "set.tsv:2: the label \"yes\" is not 0 or 1"),
    ("label\tmessage\n1\t\n", "set.tsv:2: the message is empty"),
    ("label\tmessage\n1\ta\n0\tb\n0\ta\n", "set.tsv:4: the message of line 2 again"),
  ])
  func namesFileAndLine(text: String, expected: String) {
    #expect(problem(text) == expected)
  }

  @Test func filesThatCannotBeRead() throws {
    let folder = try TestFolder()
    let path = folder.path("set.tsv")
    #expect(throws: LabelledSetError.self) { try LabelledSet(contentsOf: path) }
    try Data([0x31, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
    #expect(throws: LabelledSetError(file: path, line: nil, problem: "not UTF-8")) {
      try LabelledSet(contentsOf: path)
    }
  }

  @Test func aFamilyIsInOneHalf() throws {
    let set = try LabelledSet("label\tfamily\tmessage\n1\tkill\tYou kill it!\n1\tkill\tYou kill the newt!\n", file: "x")
    #expect(set.hasFamilies)
    #expect(set.messages.map(\.family) == ["kill", "kill"] && set.messages[0].half == set.messages[1].half)
    #expect(try !LabelledSet("label\tmessage\n1\ta\n", file: "x").hasFamilies)
  }

  @Test func halvesDoNotMove() {
    // Known members: a change of the hash would mix what was tuned on with what is measured with.
    #expect(LabelledMessage("You kill the sewer rat!", isProgress: true).half == .tune)
    #expect(LabelledMessage("You miss the sewer rat.", isProgress: false).half == .heldOut)
    #expect(LabelledMessage("x", isProgress: true, family: "you-kill").half == .tune)
    #expect(LabelledMessage("x", isProgress: true, family: "level-up").half == .heldOut)
  }

  @Test func theShippedSetIsBalanced() throws {
    let set = try LabelledSet(contentsOf: repository.appendingPathComponent("cluster/messages/nethack.tsv").path)
    #expect(set.messages.count >= 1200)
    for half in LabelledMessage.Half.allCases {
      let messages = set[half]
      #expect((0.42...0.58).contains(Double(messages.count) / Double(set.messages.count)))
      #expect((0.28...0.40).contains(Double(messages.count { $0.isProgress }) / Double(messages.count)))
      #expect(Set(messages.map(\.family)).count >= 240)
    }
    #expect(set.messages.allSatisfy { !$0.category.isEmpty && !$0.family.isEmpty && !$0.reason.isEmpty })
    #expect(Set(set.messages.map(\.category)).count >= 12)
  }

  @Test func noTemplateOfTheShippedSetIsInBothHalves() throws {
    let set = try LabelledSet(contentsOf: repository.appendingPathComponent("cluster/messages/nethack.tsv").path)
    var halves: [String: Set<LabelledMessage.Half>] = [:]
    for message in set.messages {
      for sentence in message.text.split(separator: "  ") {
        let bare = sentence.trimmingCharacters(in: CharacterSet(charactersIn: " .!?"))
        let template = String(decoding: CaptionTemplate.of(Array(bare.utf8)), as: UTF8.self)
        halves[template, default: []].insert(message.half)
      }
    }
    #expect(halves.filter { $0.value.count > 1 }.keys.sorted() == [])
  }

  /// The tests of the rules use other messages, so either set can check what was made with the other.
  @Test func theShippedSetSharesNothingWithTheTests() throws {
    let shipped = try LabelledSet(
      contentsOf: repository.appendingPathComponent("cluster/messages/nethack.tsv").path)
    let url = try #require(
      Bundle.module.url(forResource: "netHackMessages", withExtension: "tsv", subdirectory: "Fixtures"))
    let fixture = try LabelledSet(contentsOf: url.path)
    #expect(Set(shipped.messages.map(\.text)).isDisjoint(with: fixture.messages.map(\.text)))
  }
}
