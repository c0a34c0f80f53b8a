import Testing
import Transport
import Wire

@testable import Sessions

@Suite struct PlanStockTests {
  private static func entry(_ number: UInt64, _ repeats: Int) -> PlanEntry {
    PlanEntry(number: number, key: Int(number), seed: number, repeats: repeats)
  }

  private static func shape(_ entries: [PlanEntry]) -> [[Int]] { entries.map { [Int($0.number), $0.repeats] } }

  @Test func entriesAreHandedOutInTheirOrderAndInParts() {
    var stock = PlanStock<String>()
    stock.add([Self.entry(1, 3), Self.entry(2, 2)])
    stock.add([Self.entry(3, 1)])
    #expect(stock.episodes == 6)
    let parts = [stock.hand(out: 2, to: "a"), stock.hand(out: 3, to: "b")].map(Self.shape)
    #expect(parts == [[[1, 2]], [[1, 1], [2, 2]]])
    #expect(stock.episodes == 1 && !stock.isEmpty)
    let rest = [stock.hand(out: 9, to: "a"), stock.hand(out: 1, to: "a")].map(Self.shape)
    #expect(rest == [[[3, 1]], []])
    #expect(stock.episodes == 0 && stock.isEmpty)
  }

  /// Nobody reports more episodes than it has, nor those of others.
  @Test func onlyAHolderFinishes() {
    var stock = PlanStock<String>()
    stock.add([Self.entry(1, 3)])
    _ = stock.hand(out: 2, to: "a")
    _ = stock.hand(out: 1, to: "b")
    let outcomes = ["a", "b", "b", "a", "a", "c"].map { stock.finish(1, by: $0) }
    #expect(outcomes == [true, true, false, true, false, false])
    let unknown = stock.finish(2, by: "a")
    #expect(!unknown)
  }

  @Test func whatAHolderDidNotFinishGoesToTheNext() {
    var stock = PlanStock<String>()
    stock.add([Self.entry(1, 3), Self.entry(2, 2), Self.entry(3, 4)])
    _ = stock.hand(out: 2, to: "a")
    _ = stock.hand(out: 2, to: "b")
    _ = stock.hand(out: 1, to: "a")
    let finished = stock.finish(1, by: "a")
    let left = [stock.left("a"), stock.left("a")]
    let late = stock.finish(1, by: "a")
    #expect(finished && left == [2, 0] && !late && stock.episodes == 6)
    // Before what nobody has had, and in the order of the plan.
    let handed = Self.shape(stock.hand(out: 9, to: "c"))
    #expect(handed == [[1, 1], [2, 1], [3, 4]])
    // "b" has the rest of both groups.
    let others = [stock.finish(1, by: "b"), stock.finish(2, by: "b"), stock.finish(1, by: "c")]
    let rest = [stock.left("b"), stock.left("c")]
    #expect(others == [true, true, true] && rest == [0, 5])
  }

  @Test func theOldestEntriesAreGivenUp() {
    var stock = PlanStock<Int>()
    let most = PlanStock<Int>.maximumHeld
    stock.add((1...UInt64(most + 3)).map { Self.entry($0, 1) })
    let handed = stock.hand(out: .max, to: 7).count
    #expect(handed == most + 3)
    let outcomes = [1, 2, 3, 4].map { stock.finish($0, by: 7) }
    #expect(outcomes == [false, false, false, true])
    // An entry that is finished makes place for another one.
    stock.add([Self.entry(1 << 40, 1)])
    _ = stock.hand(out: 1, to: 7)
    let later = [stock.finish(5, by: 7), stock.finish(1 << 40, by: 7)]
    let left = stock.left(7)
    #expect(later == [true, true] && left == most - 2)
  }
}

@Suite struct ForwardedPlanTests {
  private let one = PeerID([1], connection: 1)
  private let two = PeerID([2], connection: 2)
  private var plan = ForwardedPlan()

  private static func entries(_ numbers: ClosedRange<UInt64>, repeats: Int = 2) -> [PlanEntry] {
    numbers.map { PlanEntry(number: $0, key: 0, seed: 0, repeats: repeats) }
  }

  private static func ended(_ number: UInt64) -> FinishedEpisode {
    FinishedEpisode(episodeReturn: 0, length: 1, succeeded: true, entry: number)
  }

  /// The answers, as their peers and entries' numbers.
  private mutating func answered() -> [(connection: UInt64, numbers: [UInt64])] {
    plan.takeAnswers().map { ($0.peer.connection, $0.plan.entries.map(\.number)) }
  }

  /// One request is for all who wait, and its answer is divided in the order of asking.
  @Test mutating func aRequestIsForAll() {
    let answers = [plan.ask(3, for: one), plan.ask(2, for: two)]
    #expect(answers == [nil, nil])
    let requests = [plan.takeRequest(), plan.takeRequest()]
    #expect(requests == [PlanRequest(episodes: 5), nil])
    let before = answered()
    #expect(before.isEmpty)
    plan.take(Plan(version: 4, entries: Self.entries(1...2)))
    let first = answered()
    #expect(first.map(\.connection) == [1, 2] && first.map(\.numbers) == [[1, 2], [2]])
    #expect(plan.newest == 4)
    let next = plan.takeRequest()
    #expect(next == nil)
  }

  /// A peer for which nothing is left is served by the next answer.
  @Test mutating func whoGetsNothingWaits() {
    _ = plan.ask(2, for: one)
    _ = plan.ask(2, for: two)
    _ = plan.takeRequest()
    plan.take(Plan(version: 1, entries: Self.entries(1...1)))
    let first = answered()
    #expect(first.map(\.connection) == [1])
    let request = plan.takeRequest()
    #expect(request == PlanRequest(episodes: 2))
    plan.take(Plan(version: 2, entries: []))
    let second = answered()
    #expect(second.map(\.connection) == [2] && second.map(\.numbers) == [[]])
  }

  @Test mutating func everyRequestHasAnAnswer() {
    plan.heard(version: 3)
    let first = plan.ask(2, for: one)
    let again = plan.ask(2, for: one)
    #expect(first == nil && again == Plan(version: 0))
    _ = plan.takeRequest()
    plan.failedToAsk()
    let request = plan.takeRequest()
    #expect(request == PlanRequest(episodes: 2))
    // What nobody asked for is no answer.
    plan.take(Plan(version: 3, entries: Self.entries(1...1)))
    plan.take(Plan(version: 3, entries: Self.entries(2...9)))
    _ = answered()
    let more = plan.ask(1, for: two)
    let wanted = plan.takeRequest()
    #expect(more == nil && wanted == PlanRequest(episodes: 1))
  }

  @Test mutating func aLostPeersEpisodesAreTheNextOnes() {
    _ = plan.ask(4, for: one)
    _ = plan.takeRequest()
    plan.take(Plan(version: 1, entries: Self.entries(1...2)))
    _ = answered()
    let reported = plan.finish([Self.ended(1), Self.ended(0), Self.ended(7)], by: one)
    #expect(reported.map(\.entry) == [1, 0, 0])
    _ = plan.ask(9, for: one)
    plan.left(one)
    // Three episodes are at hand, so the learner is asked for nothing.
    _ = plan.ask(3, for: two)
    let request = plan.takeRequest()
    let second = answered()
    #expect(request == nil)
    #expect(second.map(\.connection) == [2] && second.map(\.numbers) == [[1, 2]])
    let late = plan.finish([Self.ended(1)], by: one)
    let own = plan.finish([Self.ended(1), Self.ended(1)], by: two)
    #expect(late.map(\.entry) == [0] && own.map(\.entry) == [1, 0])
  }

  @Test mutating func aRequestHasABound() {
    _ = plan.ask(WireLimits.maximumPlannedEpisodes, for: one)
    _ = plan.ask(WireLimits.maximumPlannedEpisodes, for: two)
    let request = plan.takeRequest()
    #expect(request == PlanRequest(episodes: WireLimits.maximumPlannedEpisodes))
  }
}
