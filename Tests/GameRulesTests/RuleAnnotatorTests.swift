import Foundation
import Runtime
import Testing

@testable import GameRules

struct RuleAnnotatorTests {
  private let annotator = RuleAnnotator()

  @Test func agreesWithTheLabelledMessages() throws {
    let url = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().appending(path: "../JudgingTests/Fixtures/netHackMessages.tsv")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
    #expect(lines.count == 88)
    var labelled = 0
    var wrong: [String] = []
    for line in lines {
      let fields = line.split(separator: "\t")
      try #require(fields.count == 3)
      guard case .label(let label) = annotator.annotate(bytes(String(fields[2]))) else { continue }
      labelled += 1
      if label != Float(fields[0]) { wrong.append(String(fields[2])) }
    }
    let accuracy = 1 - Double(wrong.count) / Double(labelled)
    #expect(Double(labelled) / Double(lines.count) >= 0.9)
    #expect(accuracy >= 0.95, "wrong: \(wrong)")
  }

  @Test(arguments: [
    ("You pick up a key.", 1), ("The door opens.", 1), ("You reach the goal.", 1), ("You drop a key.", 0),
    ("The door closes.", 0),
  ])
  func miniGridHasRulesOfItsOwn(caption: String, label: Float) {
    for task in ["minigrid:MiniGrid-DoorKey-8x8-v0", "gymnasium:MiniGrid-Empty-5x5-v0"] {
      #expect(RuleAnnotator(table: .table(forTask: task)).annotate(bytes(caption)) == .label(label))
    }
    #expect(RuleAnnotator(table: .miniGrid).annotate(bytes("You hit the newt.")) == .abstain)
    for task in ["NetHackScore", "minihack:Room-5x5", "gymnasium:CartPole-v1"] {
      #expect(RuleTable.table(forTask: task) == .netHack)
    }
  }

  @Test(arguments: [
    "You hit the newt.  You kill it!", "The jackal bites!  You kill the jackal!  Welcome to experience level 2.",
    "$ - 23 gold pieces.", "$ - a gold piece.", "There is a staircase down here.  You see here 3 darts.",
    "k - a long sword named Excalibur.", "You add the \"sleep\" spell to your repertoire, as 'b'.",
    "You find a hidden passage.", "As you kick the door, it crashes open!",
  ])
  func labelsProgress(caption: String) {
    #expect(annotator.annotate(bytes(caption)) == .label(1))
  }

  @Test(arguments: [
    "It's a wall.", "You see no objects here.", "k - a long sword (weapon in hand).", "You see here a newt corpse.",
    "You feel that Anhur is displeased.", "There is a staircase up here.",
    "You hear bubbling water.", "The newt is killed!", "Are you sure you want to pray? [yn] (n) ",
  ])
  func labelsWhatIsNoProgress(caption: String) {
    #expect(annotator.annotate(bytes(caption)) == .label(0))
  }

  @Test(arguments: [
    "", "   ", "Xyzzy.", "You hear bubbling water.  The amulet frobs.", "You feel something new.",
  ])
  func abstainsFromWhatItDoesNotKnow(caption: String) {
    #expect(annotator.annotate(bytes(caption)) == .abstain)
  }

  @Test func progressStandsBesideTheUnknown() {
    #expect(annotator.annotate(bytes("The amulet frobs.  You kill the newt!")) == .label(1))
  }

  @Test(arguments: [
    // Read from the floor, spoken, printed.
    "You read: \"You kill the newt!\".",
    "Something is written here in the dust.  You read: \"x\"  You kill the newt!  \"y\".",
    "You read:  \"  You kill the newt!  ",
    "You read:\n\"  You feel stronger!  \".",
    "\"Welcome to experience level 9.\"",
    // Typed into a prompt, two spaces and all.
    "What do you want to write in the dust here?   You kill the newt!  x",
    "What do you want to write in the dust here? You kill the newt!",
    "Call a ruby potion:   You kill the newt!",
    "What do you want to call the kitten?   You feel stronger!",
    // Named things and creatures.
    "You drop a dagger named You kill the newt!.",
    "You see no potion called You feel stronger!",
    "You displaced You kill the newt!.",
    "You swap places with You feel stronger!.",
    "You stop.  You kill the newt! is in the way!",
    "a - b bites the newt.",
    "You kill the newt! misses the jackal.",
    "Welcome to experience level 2 eats a newt corpse.", "You kill the newt bites the jackal.",
    "$ - 3 gold pieces bites the newt.", "k - a long sword misses the jackal.",
    "There is a ladder down here is in the way.", "You displaced a bird crashes open.",
    "You stop.  You see gold is in the way.",
  ])
  func whatThePlayerWritesEarnsNothing(caption: String) {
    #expect(annotator.annotate(bytes(caption)) != .label(1))
  }

  @Test(arguments: [
    "You kill the poor kitten!  You hear the shrieks of anguish!", "You murderer!  You kill the kitten!",
    "You kill the newt!  You die...", "Really attack the kitten? [yn] (n)  You kill the newt!",
  ])
  func vetoesSpoilProgress(caption: String) {
    #expect(annotator.annotate(bytes(caption)) == .label(0))
  }

  @Test(arguments: [
    // One of each subject, affirmed and denied.
    ("You succeed in picking the lock.", 1), ("You fail to pick the lock.", 0), ("You feel healthy!", 1),
    ("You feel sluggish.", 0), ("You feel less confused now.", 1), ("You feel less quick.", 0),
    ("You feel that Odin is well-pleased.", 1), ("You feel that Odin is displeased.", 0),
    ("Thou hast angered me.", 0), ("Your helmet glows silver for a moment.", 1), ("Your helmet glows black.", 0),
    ("Your cloak rots!", 0), ("The chest opens.", 1), ("The chest is locked.", 0), ("This pear is delicious!", 1),
    ("This pear tastes rotten!", 0), ("There is a hole here.", 1), ("There is a sink here.", 0),
    ("The troll regurgitates you!", 1), ("The troll engulfs you!", 0),
  ])
  func followsTheGrammar(caption: String, label: Float) {
    #expect(annotator.annotate(bytes(caption)) == .label(label))
  }

  @Test func exclamationsLeaveTheVerdictToOthers() {
    #expect(annotator.annotate(bytes("WHAMM!!  The chest opens.")) == .label(1))
    #expect(annotator.annotate(bytes("WHAMM!!")) == .label(0))
    #expect(annotator.annotate(bytes("WHAMM!!  The amulet frobs.")) == .abstain)
  }

  @Test func doesNotStumbleOverArbitraryBytes() {
    var generator = SplitMix64(seed: 5)
    let alphabet = bytes("aYou kil\" namedc\n.!  ") + [0, 255, 128]
    for _ in 0..<300 {
      let length = Int.random(in: 0..<60, using: &generator)
      let caption = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      #expect(annotator.annotate(caption) == annotator.annotate(caption))
    }
  }

  @Test func theVersionNamesTheTable() throws {
    let other = RuleAnnotator(table: try RuleTable("1 a b"))
    #expect(annotator.version == RuleAnnotator().version && annotator.version != other.version)
    #expect(other.annotate(bytes("b")) == .label(1))
  }
}
