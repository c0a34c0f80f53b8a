import IntrinsicReward
import Ranks
import Testing
import Wire

@testable import Learner

@Suite struct RankMessageTests {
  @Test func newsArriveAsTheyWereTold() throws {
    var news = RankNews()
    news.rank = 3
    news.captions = [Array("You see a key.".utf8), [], [0xFF, 0]]
    news.episodes = [
      FinishedEpisode(episodeReturn: -1.5, length: 12, succeeded: true),
      FinishedEpisode(episodeReturn: 2, length: 1, succeeded: false, entry: 1 << 40),
    ]
    news.facts.add("deepest level", 2.5)
    news.facts.add("gold", -3)
    var payment = PaymentTally.Entry()
    (payment.steps, payment.paidSteps, payment.paid) = (5, 3, 0.75)
    news.payments = [(7, payment)]
    news.wantedEpisodes = 12
    let bytes = RankMessages.encode(news)
    let read = try RankMessages.decodeNews(bytes, of: 3)
    #expect(read.rank == 3 && read.captions == news.captions && read.episodes == news.episodes)
    #expect(read.facts == news.facts && read.wantedEpisodes == 12)
    #expect(read.payments.map(\.number) == [7] && read.payments.map(\.entry) == [payment])
    for count in 1..<bytes.count {
      #expect(throws: RankError.self) { try RankMessages.decodeNews(Array(bytes.prefix(count)), of: 3) }
    }
    #expect(RankMessages.encode(RankNews()).isEmpty)
    #expect(try RankMessages.decodeNews([], of: 1).isEmpty)
  }

  @Test func scoresArriveAsTheyWereTold() throws {
    var down = RankMessages.Down()
    down.numbers = [[], [4, 0, 9]]
    down.scores = [ScoreChange(number: 4, score: 0.5)]
    down.version = 12
    let entry = PlanEntry(number: 9, key: 3, seed: 27, repeats: 2, temperature: 0.5, steering: [1], abortAbove: 0.25)
    down.parts = [nil, Plan(version: 4, entries: [entry]), Plan(version: 4)]
    let bytes = try RankMessages.encode(down)
    #expect(try RankMessages.decodeDown(bytes) == down)
    for count in 1..<bytes.count {
      #expect(throws: RankError.self) { try RankMessages.decodeDown(Array(bytes.prefix(count))) }
    }
    #expect(try RankMessages.encode(RankMessages.Down()).isEmpty)
    #expect(try RankMessages.decodeDown([]).isEmpty)
  }

  @Test func membersAreWatched() throws {
    let single = RankMembers()
    #expect(single.lost == nil && !single.isShared)
  }
}
