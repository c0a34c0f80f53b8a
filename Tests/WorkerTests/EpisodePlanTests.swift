import Environments
import Glibc
import Runtime
import Testing
import Trajectories
import Wire

@testable import Worker

struct EpisodePlanTests {
  private func entry(_ number: UInt64, seed: UInt64, repeats: Int, temperature: Float = 1) -> PlanEntry {
    PlanEntry(number: number, key: 0, seed: seed, repeats: repeats, temperature: temperature)
  }

  private func plan(environments: Int = 2, _ entries: [PlanEntry] = []) -> EpisodePlan {
    let plan = EpisodePlan(environments: environments)
    plan.beginSession()
    if !entries.isEmpty {
      _ = plan.request()
      plan.add(Plan(version: 1, entries: entries))
    }
    return plan
  }

  @Test func entriesArePlayedInTheirOrderAsOftenAsTheySay() {
    let plan = plan([entry(5, seed: 50, repeats: 2), entry(6, seed: 60, repeats: 1)])
    let taken = (0..<4).map { _ in plan.take() }
    #expect(taken.map { $0?.entry } == [5, 5, 6, nil])
    #expect(taken.map { $0?.seed } == [50, 50, 60, nil])
    plan.add(Plan(version: 2, entries: [entry(7, seed: 70, repeats: 1)]))
    #expect(plan.take()?.entry == 7)
    #expect(plan.take() == nil)
  }

  @Test func aWorkerAsksWhenLittleIsLeftAndOnceAtATime() {
    let plan = plan(environments: 4)
    #expect(plan.request() == PlanRequest(episodes: 12))
    #expect(plan.request() == nil)
    plan.add(Plan(version: 1, entries: [entry(1, seed: 1, repeats: 12)]))
    #expect(plan.request() == nil)
    for _ in 0..<4 { _ = plan.take() }
    #expect(plan.request() == nil)
    _ = plan.take()
    #expect(plan.request() == PlanRequest(episodes: 5))
    plan.failedToAsk()
    #expect(plan.request() == PlanRequest(episodes: 5))
  }

  @Test func aWorkerWhoseRunHasNoPlanAsksAgainOnlyForAnotherVersion() {
    let plan = plan()
    _ = plan.request()
    plan.add(Plan(version: 0))
    #expect(plan.request() == nil)
    #expect(plan.request(newest: 0) == nil)
    #expect(plan.request(newest: 1) != nil)
  }

  @Test func entriesOfAnEarlierSessionAreVoid() throws {
    let plan = plan([entry(5, seed: 50, repeats: 3)])
    let taken = try #require(plan.take())
    #expect(plan.number(of: taken) == 5)
    plan.beginSession()
    #expect(plan.number(of: taken) == 0)
    #expect(plan.take() == nil)
    #expect(plan.request() != nil)
  }

  // MARK: Groups

  private static let script: [ScriptedStep] = [
    ScriptedStep(reward: 1), ScriptedStep(reward: 1, terminated: true),
  ]

  private func group(_ plan: EpisodePlan?, seed: UInt64 = 3) throws -> ScriptedGroup {
    try ScriptedGroup(unrollLength: 8, scripts: [Self.script, Self.script], seed: seed, plan: plan)
  }

  @Test func aGroupPlaysThePlanAndThenItsOwnEpisodes() throws {
    let group = try group(plan([entry(5, seed: 50, repeats: 3), entry(6, seed: 60, repeats: 2)]))
    let own = try self.group(nil)
    let (planned, free) = (try group.collect(), try own.collect())
    // Four episodes of each environment end; the plan has five.
    #expect(planned.episodes.map(\.entry) == [5, 5, 5, 6, 6, 0, 0, 0])
    #expect(free.episodes.allSatisfy { $0.entry == 0 })
    let seeds = Set(group.environments.flatMap(\.seeds))
    #expect(seeds.contains(50) && seeds.contains(60))
    // The own seeds are those that an environment without a plan begins with.
    let first = own.environments[0].seeds
    #expect(group.environments[0].seeds.suffix(2).allSatisfy(first.contains))
  }

  @Test func aPlanWithoutEntriesChangesNothing() throws {
    let (planned, free) = (try group(plan()), try group(nil))
    for _ in 0..<5 {
      let (a, b) = (try planned.collect(), try free.collect())
      #expect(a.tensorFrames().map { $0.frame.copiedBytes() } == b.tensorFrames().map { $0.frame.copiedBytes() })
      #expect(a.episodes == b.episodes)
    }
    #expect(planned.environments.map(\.seeds) == free.environments.map(\.seeds))
  }

  /// The log-probabilities are those of the policy that acts, so that the learner can correct for it.
  @Test func aTemperatureFlattensThePolicy() throws {
    func logProbabilities(_ temperature: Float) throws -> [Float] {
      let plan = plan(environments: 50, [entry(1, seed: 50, repeats: 100, temperature: temperature)])
      let group = try group(plan)
      let buffer = try group.collect()
      return (0..<16).map { buffer.logProbabilities[$0] }
    }
    let uniform = -logf(Float(ScriptedEnvironment.specification.actions.parameterCount))
    for value in try logProbabilities(100) { #expect(abs(value - uniform) < 0.2) }
    #expect(try logProbabilities(1).contains { abs($0 - uniform) > 0.2 })
    #expect(try logProbabilities(0.01).reduce(0, +) > 16 * uniform)
  }
}
