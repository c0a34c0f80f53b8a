import Scheduling
import Testing
import Trajectories
import Wire

@testable import Worker

/// Episodes that promise less than a new start end early, as if a limit had ended them.
struct EpisodeCutTests {
  @Test func anEpisodeIsCutAgainstItsOwnStart() {
    var cuts = EpisodeCuts(environmentCount: 2)
    func look(_ e: Int, _ value: Float, _ step: Int, _ threshold: Float = 0.75) -> Bool {
      cuts.look(e, value: value, step: step, threshold: threshold)
      return cuts[e]
    }
    #expect(!look(0, 0.3, 0) && !look(1, 3, 0))
    #expect(!look(0, 0.11, 1) && look(0, 0.09, 2))
    #expect(!look(1, 1.1, 1) && look(1, 0.9, 2) && !look(1, 0.9, 3, 0))
    // The next episode has a start of its own, and its first observation cuts nothing.
    #expect(!look(0, 0.01, 0) && !look(0, 0.01, 1))
    // A start that promises nothing is never better, and a value that is no number decides nothing.
    #expect(!look(0, -1, 0) && !look(0, -5, 1))
    #expect(!look(0, 1, 0) && !look(0, .nan, 1) && look(0, -1, 2))
  }

  @Test func whatAWorkerCannotDoIsNamed() {
    func obstacle(_ abilities: PlanAbilities, _ change: (inout PlanEntry) -> Void) -> String? {
      var entry = PlanEntry(number: 1, key: 0, seed: 1)
      change(&entry)
      return abilities.obstacle(entry)
    }
    let all = PlanAbilities(steeringHeads: 2)
    #expect(obstacle(all) { ($0.temperature, $0.abortAbove, $0.steering) = (2, 0.5, [1, 0]) } == nil)
    #expect(obstacle(all) { $0.steering = [1] }?.contains("other value heads") == true)
    #expect(obstacle(all) { $0.goal = [65] }?.contains("goal") == true)
    #expect(obstacle(PlanAbilities()) { $0.steering = [1] }?.contains("steering by values in a world") == true)
    #expect(obstacle(PlanAbilities(cutsEpisodes: false)) { $0.abortAbove = 0.5 }?.contains("cutting") == true)
    #expect(obstacle(PlanAbilities(isContinuous: true)) { $0.temperature = 2 }?.contains("temperature") == true)
    #expect(obstacle(PlanAbilities(isContinuous: true, cutsEpisodes: false)) { _ in } == nil)
  }

  // MARK: Groups

  private static let planned = 20

  /// One environment whose episodes do not end by themselves, and of which the first ones are cut.
  private func group(threshold: Float, policySeed: UInt64 = 17) throws -> ScriptedGroup {
    let plan = EpisodePlan(environments: 1)
    plan.beginSession()
    plan.add(
      Plan(
        version: 1,
        entries: [PlanEntry(number: 5, key: 0, seed: 50, repeats: Self.planned, abortAbove: threshold)]))
    return try ScriptedGroup(unrollLength: 64, scripts: [[ScriptedStep(reward: 1)]], plan: plan, policySeed: policySeed)
  }

  @Test(arguments: [Float(0.5), 0.52, 0.6]) func aCutEpisodeIsTruncated(threshold: Float) throws {
    // Some of these policies promise nothing at the start, so that nothing is cut.
    let cuts = try (1...8).map { try checkCuts(threshold: threshold, policySeed: $0) }
    #expect(cuts.reduce(0, +) > 8)
  }

  /// Computes every decision again from the values that the unroll has.
  /// - Returns: episodes that were cut.
  private func checkCuts(threshold: Float, policySeed: UInt64) throws -> Int {
    let scripted = try group(threshold: threshold, policySeed: policySeed)
    let buffer = try scripted.collect()
    let replay = PolicyReplay(scripted, from: buffer)
    let row = UnsafeMutablePointer<Float>.allocate(capacity: 3)
    defer { row.deallocate() }
    var start: Float = 0
    var cut = 0
    for t in 0..<64 {
      let place = scripted.place(buffer, t, 0)
      if place.step == 0 {
        replay.zeroState(0)
        start = buffer.values[2 * t]
      }
      _ = replay.step([UnsafeRawPointer(buffer.row(t, 0))])
      let chance = RestartChance.value(start: start, current: buffer.values[2 * t])
      let isCut = place.step > 0 && place.episode <= Self.planned && chance > threshold
      #expect(buffer.flags[t] == (isCut ? StepFlags.truncated.rawValue : 0), "step \(t)")
      #expect(buffer.rewards[t] == 1)
      row.update(from: Place(environment: 0, episode: place.episode, step: place.step + 1).values, count: 3)
      let next = replay.peek([UnsafeRawPointer(row)])[0]
      #expect((0..<2).map { buffer.truncationValues[2 * t + $0] } == (isCut ? next : [0, 0]))
      #expect(scripted.place(buffer, t + 1, 0).step == (isCut ? 0 : place.step + 1))
      cut += isCut ? 1 : 0
    }
    #expect(buffer.episodes.map(\.entry) == Array(repeating: 5, count: cut))
    #expect(buffer.episodes.allSatisfy { !$0.succeeded && $0.length >= 2 })
    let fact = buffer.facts.entries.first { $0.name == RestartChance.fact }
    #expect(fact?.sum ?? 0 == Double(cut) && fact?.count ?? 0 == UInt32(cut))
    return cut
  }

  @Test func withoutAThresholdNothingIsCut() throws {
    let buffer = try group(threshold: 0).collect()
    #expect(buffer.episodes.isEmpty && (0..<64).allSatisfy { buffer.flags[$0] == 0 })
    #expect(buffer.facts.isEmpty)
  }
}
