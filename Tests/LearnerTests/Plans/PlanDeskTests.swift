import Configuration
import Runtime
import Scheduling
import Sessions
import Testing
import Trajectories
import Transport
import Wire

@testable import Learner

struct PlanDeskTests {
  private static func desk(
    keys: Int = 4, budget: Int = 32, fresh: Bool = true, seed: UInt64 = 7, _ scheduler: (any TaskScheduler)? = nil
  ) -> PlanDesk {
    PlanDesk(
      PlanDesk.Options(keys: keys, budget: budget, freshSeeds: fresh, seed: seed),
      scheduler: scheduler ?? KnapsackScheduler(keys: keys, weight: 0.1))
  }

  /// How the episodes of `entries` end if task k is won with the probability k / 4.
  private static func finished(_ entries: [PlanEntry], _ generator: inout RandomGenerator) -> [FinishedEpisode] {
    entries.flatMap { entry in
      (0..<entry.repeats).map { _ in
        FinishedEpisode(
          episodeReturn: 0, length: UInt32(5 + generator.below(9)),
          succeeded: generator.uniform() < Float(entry.key) / 4,
          entry: entry.number)
      }
    }
  }

  @Test func aPlanIsHandedOutInPartsUntilNothingIsLeft() {
    let desk = Self.desk()
    #expect(desk.version == 1)
    var episodes: [UInt64: Int] = [:]
    var handed = 0
    while handed < 32 {
      let plan = desk.hand(out: 5)
      #expect(plan.version == 1)
      let count = plan.entries.reduce(0) { $0 + $1.repeats }
      #expect((1...5).contains(count))
      for entry in plan.entries { episodes[entry.number, default: 0] += entry.repeats }
      handed += count
    }
    #expect(handed == 32)
    // Nothing is known yet, so that all tasks get the same; the parts of a group have one number.
    #expect(episodes == [1: 8, 2: 8, 3: 8, 4: 8])
    #expect(desk.hand(out: 5).version == 2)
    #expect(desk.version == 2)
  }

  @Test(arguments: [false, true]) func seedsTellTheTask(fresh: Bool) {
    let desk = Self.desk(keys: 6, budget: 60, fresh: fresh)
    var seeds: [Int: Set<UInt64>] = [:]
    for _ in 0..<10 {
      for entry in desk.hand(out: 60).entries {
        #expect(entry.seed % 6 == UInt64(entry.key))
        seeds[entry.key, default: []].insert(entry.seed)
      }
    }
    #expect(seeds.count == 6)
    #expect(seeds.values.allSatisfy { $0.count == (fresh ? 10 : 1) })
  }

  @Test func outcomesReachTheScheduler() {
    let desk = Self.desk()
    var generator = RandomGenerator(seed: 2)
    for _ in 0..<40 { desk.note(Self.finished(desk.hand(out: 32).entries, &generator)) }
    let report = desk.report
    #expect(report.groups.episodes == 40 * 32)
    #expect(report.successes.rates[0] < 0.01)
    #expect(report.successes.rates[3] > 0.4)
    // Task 0 is never won, so it gets the least that there is.
    #expect(desk.hand(out: 32).entries.first { $0.key == 0 }?.repeats == 2)
    #expect(report.groups.groups == 160 && report.groups.mixed > 80 && report.groups.lost == 0)
    #expect(report.facts.keys.sorted() == (0..<4).map { "success_of_task_\($0)" })
  }

  @Test func entriesSayWhatTheSchedulerAndTheRunAskFor() {
    let desk = PlanDesk(
      PlanDesk.Options(keys: 4, budget: 160, freshSeeds: true, seed: 7, steering: [2, -1]),
      scheduler: RestartScheduler(keys: 4, weight: 0.1, repeats: 8, thresholds: [0, 0.5, 0.75]))
    let entries = desk.hand(out: 160).entries
    #expect(Set(entries.map(\.abortAbove)) == [0, 0.5, 0.75])
    #expect(entries.allSatisfy { $0.steering == [2, -1] })
    #expect(Self.desk().hand(out: 32).entries.allSatisfy { $0.steering.isEmpty && $0.abortAbove == 0 })
    #expect(desk.report.chosenThreshold == 0)
    // Cutting at 0.5 wins as often in a third of the steps.
    desk.note(
      entries.flatMap { entry in
        (0..<entry.repeats).map { index in
          FinishedEpisode(
            episodeReturn: 0, length: entry.abortAbove == 0.5 ? 10 : 30, succeeded: index == 0, entry: entry.number)
        }
      })
    #expect(desk.report.chosenThreshold == 0.5)
  }

  @Test func cutEpisodesAreCounted() throws {
    let desk = Self.desk()
    let entries = desk.hand(out: 32).entries
    func note(_ numbers: [UInt64], cut: Double) {
      var facts = FactSums()
      facts.add(RestartChance.fact, cut)
      desk.note(
        numbers.map { FinishedEpisode(episodeReturn: 0, length: 1, succeeded: false, entry: $0) }, facts: facts)
    }
    note([entries[0].number, entries[0].number, entries[1].number], cut: 2)
    #expect(desk.report.groups.cut == 2)
    // A worker cannot report more than ended, or fewer than none.
    note([entries[0].number, 0, 99], cut: 1e15)
    note([entries[0].number], cut: -5)
    #expect(desk.report.groups.cut == 3)
    let other = Self.desk()
    try other.restore(desk.encoded())
    #expect(other.report.groups.cut == 3)
    // Runs that began before episodes could be cut have no such count.
    try other.restore(desk.encoded().replacing("\"cut\":3,", with: ""))
    #expect(other.report.groups.cut == nil)
    #expect(throws: (any Error).self) {
      try other.restore(desk.encoded().replacing("\"cut\":3", with: "\"cut\":-1"))
    }
  }

  @Test func episodesThatNobodyWaitsForAreIgnored() {
    let desk = Self.desk()
    let entries = desk.hand(out: 32).entries
    func ended(_ number: UInt64) -> FinishedEpisode {
      FinishedEpisode(episodeReturn: 0, length: 1, succeeded: true, entry: number)
    }
    desk.note([ended(0), ended(99), ended(.max)])
    #expect(desk.report.groups.episodes == 0)
    // A worker cannot report more episodes than an entry has.
    desk.note((0..<100).map { _ in ended(entries[0].number) })
    #expect(desk.report.groups.episodes == entries[0].repeats)
    #expect(desk.report.groups.groups == 1)
  }

  /// What follows a checkpoint is the same whether the run continues or is resumed.
  @Test(arguments: [false, true]) func aRestoredDeskPlansAsTheSavedOne(fresh: Bool) throws {
    let desk = Self.desk(fresh: fresh)
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<7 { desk.note(Self.finished(desk.hand(out: 20).entries, &generator)) }
    let text = try desk.encoded()
    let (first, second) = (Self.desk(fresh: fresh), Self.desk(fresh: fresh))
    try first.restore(text)
    try second.restore(text)
    #expect(try first.encoded() == text)
    var same = generator
    for _ in 0..<20 {
      let (a, b) = (first.hand(out: 20), second.hand(out: 20))
      #expect(a == b)
      first.note(Self.finished(a.entries, &generator))
      second.note(Self.finished(b.entries, &same))
    }
    #expect(try first.encoded() == second.encoded())
    #expect(first.report.groups.episodes > desk.report.groups.episodes)
  }

  /// With relays in between, and relays behind relays, the desk sees the same counts of the same entries.
  @Test(arguments: [0, 1, 2]) func relaysChangeNoCount(relays: Int) throws {
    let workers = (1...3).map { PeerID([], connection: UInt64($0)) }
    let relay = PlanDesk.Holder.worker(PeerID([], connection: 9))
    let (direct, desk) = (Self.desk(), Self.desk())
    var chain = Array(repeating: ForwardedPlan(), count: relays)
    func forwarded(_ episodes: Int, _ peer: PeerID, _ level: Int) throws -> Plan {
      guard level < relays else { return desk.hand(out: episodes, to: relays == 0 ? .worker(peer) : relay) }
      let early = chain[level].ask(episodes, for: peer)
      #expect(early == nil)
      if let request = chain[level].takeRequest() {
        chain[level].take(try forwarded(request.episodes, PeerID([], connection: 9), level + 1))
      }
      let answer = chain[level].takeAnswers().first
      return try #require(answer).plan
    }
    for turn in 0..<60 {
      let peer = workers[turn % 3]
      let parts = (direct.hand(out: 5, to: .worker(peer)), try forwarded(5, peer, 0))
      #expect(parts.0 == parts.1)
      var (one, same) = (RandomGenerator(seed: UInt64(turn)), RandomGenerator(seed: UInt64(turn)))
      direct.note(Self.finished(parts.0.entries, &one), by: .worker(peer))
      var episodes = Self.finished(parts.1.entries, &same)
      for level in 0..<relays {
        episodes = chain[level].finish(episodes, by: level == 0 ? peer : PeerID([], connection: 9))
      }
      desk.note(episodes, by: relays == 0 ? .worker(peer) : relay)
    }
    #expect(try desk.encoded() == direct.encoded())
    #expect(desk.report.groups.episodes > 200)
  }

  /// The groups of a worker that leaves are finished by the next one.
  @Test func whatALostWorkerHasIsPlayedByAnother() {
    let desk = Self.desk()
    let (one, other) = (PeerID([], connection: 1), PeerID([], connection: 2))
    let entries = desk.hand(out: 12, to: .worker(one)).entries
    let first = FinishedEpisode(episodeReturn: 0, length: 1, succeeded: true, entry: entries[0].number)
    desk.note([first], by: .worker(one))
    desk.left(one)
    desk.note([first, first], by: .worker(one))
    #expect(desk.report.groups.episodes == 1)
    let again = desk.hand(out: 32, to: .worker(other)).entries
    #expect(again.reduce(0) { $0 + $1.repeats } == 31 && again[0].number == entries[0].number)
    var generator = RandomGenerator(seed: 2)
    desk.note(Self.finished(again, &generator), by: .worker(other))
    #expect(desk.report.groups.groups == 4 && desk.report.groups.episodes == 32)
    #expect(desk.report.version == 1)
  }

  @Test func aStateThatDoesNotFitIsRefusedAndChangesNothing() throws {
    let desk = Self.desk()
    let before = try desk.encoded()
    let other = try Self.desk(keys: 5, budget: 40).encoded()
    for text in [
      "", "{}", "[1]", other, before.replacing("\"version\":0", with: "\"version\":-1"),
      before.replacing("\"mixed\":0", with: "\"mixed\":3"),
      before.replacing("\"nextNumber\":1", with: "\"nextNumber\":18446744073709551615"),
    ] {
      #expect(throws: (any Error).self) { try desk.restore(text) }
      #expect(try desk.encoded() == before)
    }
    let bandit = Self.desk(BanditScheduler(keys: 4, weight: 0.1, repeats: 8))
    #expect(throws: (any Error).self) { try bandit.restore(before) }
  }

  @Test func groupsOfWorkersThatLeftAreGivenUp() {
    var groups = PlannedGroups()
    for number in 1...UInt64(PlannedGroups.maximumOpen + 10) {
      groups.open(PlanEntry(number: number, key: 1, seed: 0, repeats: 2))
    }
    #expect(groups.counts.lost == 10)
    func note(_ number: UInt64) -> Bool {
      groups.note(FinishedEpisode(episodeReturn: 0, length: 1, succeeded: true, entry: number)) != nil
    }
    #expect(!note(10))
    #expect(note(11) && note(11) && !note(11))
  }

  @Test func aGroupIsMixedIfItHasWonAndLostEpisodes() {
    func counts(_ outcomes: [Bool]) -> PlannedGroups.Counts {
      var groups = PlannedGroups()
      groups.open(PlanEntry(number: 1, key: 0, seed: 0, repeats: outcomes.count))
      for won in outcomes {
        _ = groups.note(FinishedEpisode(episodeReturn: 0, length: 3, succeeded: won, entry: 1))
      }
      return groups.counts
    }
    #expect(counts([true, false, false]).mixed == 1)
    #expect(counts([true, true]).mixed == 0 && counts([false, false]).mixed == 0)
    #expect(counts([true, true]).groups == 1)
    // One episode is no group.
    #expect(counts([true]).groups == 0 && counts([true]).episodes == 1)
  }
}

/// One holder of everything, as a run with one worker has.
extension PlanDesk {
  fileprivate func hand(out episodes: Int) -> Plan { hand(out: episodes, to: .rank(0)) }

  fileprivate func note(_ episodes: [FinishedEpisode], facts: FactSums = FactSums()) {
    note(episodes, facts: facts, by: .rank(0))
  }
}
