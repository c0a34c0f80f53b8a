import Testing

@testable import RewardPrograms

/// Python's forms: blocks, `+=` and `in`. The oracle of each is a Swift function of the same meaning.
@Suite struct ProgramBlockTests {
  private static let captions = [
    "", "You kill the newt!", "You pick up a key.", "You kill the key.", "The door opens.",
  ]

  private func expect(_ text: String, _ oracle: (_ caption: String, _ won: Bool) -> Float) throws {
    for won in [false, true] {
      for caption in Self.captions {
        var episode = try SampleEpisode(text)
        let reward = episode.reward(caption, won: won)
        #expect(abs(reward - oracle(caption.lowercased(), won)) < 1e-6, "\(text)\n\(caption) \(won)")
      }
    }
  }

  @Test func blocksAreChoices() throws {
    let text = """
      reward = 0
      if contains(caption, "kill"):
          reward += 0.5
      elif "key" in caption:
          reward = reward + 0.25
      else:
          reward -= 0.125
      if won: reward += 0.25
      """
    try expect(text) { caption, won in
      (caption.contains("kill") ? 0.5 : caption.contains("key") ? 0.25 : -0.125) + (won ? 0.25 : 0)
    }
  }

  @Test func blocksMayBeNested() throws {
    let text = """
      # What was met, and whether it counts.
      if "kill" in caption:
      \tif "key" in caption and not won:
      \t\treward = 1   # both
      \telse:
      \t\treward = 0.5

      elif "door" not in caption:
      \tpass
      else:

      \t# a comment in a block
      \treward = -0.5
      \treward *= 0.5
      """
    try expect(text) { caption, won in
      if caption.contains("kill") { return caption.contains("key") && !won ? 1 : 0.5 }
      return caption.contains("door") ? -0.25 : 0
    }
  }

  /// The condition is that of the moment: what a block changes does not change which block counts.
  @Test func conditionsAreComputedBeforeTheirBlocks() throws {
    let text = """
      x = 1 if "key" in caption else 0
      if x == 1:
        x = 2
        reward = 0.25
      elif x == 0:
        reward = 0.5
      if x == 2: reward += 0.125
      """
    try expect(text) { caption, _ in caption.contains("key") ? 0.375 : 0.5 }
  }

  /// Models write a branch for each of thirty messages.
  @Test func longChainsFitIntoAProgram() throws {
    let branches = (0..<30).map {
      "\($0 == 0 ? "if" : "elif") contains(caption, \"text \($0).\"):\n  reward = 0.\($0 + 10)"
    }
    let text = branches.joined(separator: "\n") + "\nelse:\n  reward = 0"
    var episode = try SampleEpisode(text)
    for number in 0..<30 { #expect(abs(episode.reward("A text \(number).") - Float(number + 10) / 100) < 1e-6) }
    #expect(episode.reward("A text.") == 0)
  }

  @Test func aNameThatAllBranchesSetHasAValue() throws {
    let text = """
      if "kill" in caption:
        size = 0.5; other = 1
      elif won:
        size = 0.25
      else:
        size = 0
      reward = size
      """
    try expect(text) { caption, won in caption.contains("kill") ? 0.5 : won ? 0.25 : 0 }
  }

  /// A division by zero in a branch that does not count is not the reward.
  @Test func whatDoesNotCountMayBeNoNumber() throws {
    try expect("if won:\n  reward = 0.5\nelse:\n  reward = 0.25\nif not won:\n  reward = 0.125") { $1 ? 0.5 : 0.125 }
    var episode = try SampleEpisode("if occurrences > 0:\n  reward = 1 / occurrences\nelse:\n  reward = 0")
    #expect(episode.reward() == 0 && episode.reward("A rat.") == 1 && episode.reward("A rat.") == 0.5)
  }

  @Test func aFirstZeroIsNoValueYet() throws {
    try expect("reward = 0\nkill = \"kill\" in caption\nreward = 0.5 * kill") { caption, _ in
      caption.contains("kill") ? 0.5 : 0
    }
  }
}
