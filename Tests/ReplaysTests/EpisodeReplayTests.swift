import Environments
import Foundation
import TestSupport
import Testing

@testable import Replays

@Suite struct EpisodeReplayTests {
  @Test(arguments: ["CaptionGrid", "CartPole", "Corridor"], [1, 2, 3] as [UInt64])
  func aReplayIsTheSameEpisode(task: String, seed: UInt64) throws {
    let record = try recordedEpisode(task, seed: seed)
    let moments = try EpisodeReplay(record, in: .small).moments()
    #expect(moments.count == record.actions.count + 1)
    #expect(moments.last?.episodeReturn == record.episodeReturn && moments.last?.isLast == true)
    #expect(try EpisodeReplay(record, in: .small).moments().map(\.line) == moments.map(\.line))
  }

  @Test func anEpisodeSurvivesItsFile() throws {
    let folder = try TemporaryDirectory()
    var record = try recordedEpisode("CaptionGrid", seed: 7)
    record.source = "runs/a"
    record.intrinsicRewards = record.rewards.map { $0 + 0.25 }
    let path = folder.path + "/a.episode"
    try record.write(to: path)
    let read = try EpisodeRecord(path: path)
    #expect(read == record)
    let last = try #require(try EpisodeReplay(read, in: .small).moments().last)
    #expect(abs(last.intrinsicReturn - 0.25 * Double(record.actions.count) - record.episodeReturn) < 1e-3)
  }

  @Test func anEpisodeOfTheFirstFormatIsTheSame() throws {
    var record = try recordedEpisode("CaptionGrid", seed: 7)
    record.settings = ["character": .text("mon-hum-neu-mal"), "layouts": .integer(0), "wordings": .integer(0)]
    let earlier = """
      {"format": 1, "task": "CaptionGrid", "maximumEpisodeSteps": 60, "character": "mon-hum-neu-mal", "layouts": 0,
      "wordings": 0, "seed": 7, "actions": \(record.actions), "rewards": \(record.rewards), "intrinsicRewards": [],
      "source": ""}
      """
    let read = try EpisodeRecord(Data(earlier.utf8), name: "a.episode")
    #expect(read == record)
    #expect(try EpisodeReplay(read, in: .small).moments().count == record.actions.count + 1)
  }

  @Test func anotherWorldIsNotPassedOffAsThisOne() throws {
    var record = try recordedEpisode("CartPole", seed: 3)
    record.rewards[4] = 0
    #expect {
      try EpisodeReplay(record, in: .small).moments()
    } throws: {
      "\($0)".contains("step 5 of the replay paid 1.0; 0.0")
    }
    record.rewards[4] = 1
    record.append(action: 0, reward: 1)
    #expect {
      try EpisodeReplay(record, in: .small).moments()
    } throws: {
      "\($0)".contains("the replay ended with step")
    }
    record.actions.removeLast(3)
    record.rewards.removeLast(3)
    #expect {
      try EpisodeReplay(record, in: .small).moments()
    } throws: {
      "\($0)".contains("continues after its last step")
    }
  }

  @Test func whatIsNoEpisodeIsRefused() throws {
    let folder = try TemporaryDirectory()
    var record = try recordedEpisode("CartPole", seed: 3)
    let path = folder.path + "/bad.episode"
    #expect { try EpisodeRecord(path: path) } throws: { "\($0)".contains("bad.episode cannot be read") }
    try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
    #expect { try EpisodeRecord(path: path) } throws: { "\($0)".contains("bad.episode is not a recorded episode") }
    record.format = 9
    try record.write(to: path)
    #expect { try EpisodeRecord(path: path) } throws: { "\($0)".contains("has format 9") }
    record.format = EpisodeRecord.currentFormat
    record.rewards.removeLast()
    try record.write(to: path)
    #expect { try EpisodeRecord(path: path) } throws: { "\($0)".contains("actions and") }
    record.task = "Nowhere"
    #expect { try EpisodeReplay(record, in: .small) } throws: { "\($0)".contains("unknown task \"Nowhere\"") }
  }

  @Test func theMapShowsHeroAndGoal() throws {
    let record = try recordedEpisode("CaptionGrid", seed: 4)
    let opening = try EpisodeReplay(record, in: .small).opening
    let picture = opening.picture()
    let text = (0..<picture.rows).map { picture.text(row: $0) }
    #expect(text.joined().contains("@") && text.joined().contains(">") && text.joined().contains("key: no"))
    #expect(text[picture.rows - 3] == "step 0/\(record.actions.count)")
  }

  /// A caption comes from a game, and a player of replays may be a terminal.
  @Test func captionsCannotSpeakToTheTerminal() {
    var moment = ReplayMoment(step: 1, of: 2)
    moment.caption = "\u{1B}[2J\u{7}bell"
    #expect(moment.legend[2] == "\".[2J.bell\"")
  }
}
