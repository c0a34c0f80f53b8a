import ActorCritic
import Environments
import Glibc
import Tensor
import Testing
import Trajectories
import Wire

@testable import Worker

/// T = 4 unless said otherwise.
struct RolloutGroupTests {
  @Test func everythingLandsAtItsPlace() throws {
    let scripted = try ScriptedGroup(
      unrollLength: 4,
      scripts: (0..<3).map { e in (0..<8).map { ScriptedStep(reward: Float(100 * e + $0), caption: "c\(e) \($0)") } })
    for unroll in 0..<2 {
      let buffer = try scripted.collect()
      #expect(buffer.policyVersion == 5 && buffer.group == 7)
      for e in 0..<3 {
        for t in 0...4 {
          #expect(scripted.place(buffer, t, e) == Place(environment: e, episode: 1, step: 4 * unroll + t))
        }
        for t in 0..<4 {
          let step = 4 * unroll + t
          #expect(Int(buffer.actions[t * 3 + e]) == scripted.environments[e].actions[step])
          #expect(buffer.rewards[t * 3 + e] == Float(100 * e + step))
          #expect(buffer.flags[t * 3 + e] == 0)
          #expect(scripted.caption(buffer, t, e) == "c\(e) \(step)")
          #expect(buffer.captionCounts[t * 3 + e] == 1)
        }
      }
      #expect(buffer.episodes.isEmpty && buffer.failures.isEmpty)
    }
    // A random policy, so that mixed up environments would show.
    #expect(Set(scripted.environments.map(\.actions)).count == 3)
  }

  @Test func theLastRowIsTheNextUnrollsFirst() throws {
    let scripted = try ScriptedGroup(
      unrollLength: 3, scripts: [[ScriptedStep(), ScriptedStep(), ScriptedStep(terminated: true)], [ScriptedStep()]])
    var last: [Place] = []
    for _ in 0..<4 {
      let buffer = try scripted.collect()
      if !last.isEmpty { #expect((0..<2).map { scripted.place(buffer, 0, $0) } == last) }
      last = (0..<2).map { scripted.place(buffer, 3, $0) }
    }
    #expect(last == [Place(environment: 0, episode: 5, step: 0), Place(environment: 1, episode: 1, step: 12)])
  }

  @Test func theTerminalCaptionIsCreditedToTheStepThatLedToIt() throws {
    let scripted = try ScriptedGroup(
      unrollLength: 4,
      scripts: [
        [
          ScriptedStep(caption: "You see a door."), ScriptedStep(reward: 1, terminated: true, caption: "You die..."),
          ScriptedStep(), ScriptedStep(caption: "You see a door."),
        ]
      ])
    let buffer = try scripted.collect()
    #expect(
      (0..<4).map { scripted.caption(buffer, $0, 0) } == ["You see a door.", "You die...", "", "You see a door."])
    // What the reset said belongs to no step.
    #expect(scripted.captions.count == 2)
    #expect((0..<4).map { buffer.captionCounts[$0] } == [1, 1, 0, 1])
    #expect((0..<4).map { buffer.flags[$0] } == [0, StepFlags.terminated.rawValue, 0, 0])
    #expect((0...4).map { scripted.place(buffer, $0, 0).step } == [0, 1, 0, 1, 2])
    #expect((0...4).map { scripted.place(buffer, $0, 0).episode } == [1, 1, 2, 2, 2])
  }

  @Test func captionsAreCountedWithinAnEpisodeAcrossUnrolls() throws {
    let step = ScriptedStep(caption: "It's a wall.")
    var last = step
    last.truncated = true
    let scripted = try ScriptedGroup(unrollLength: 4, scripts: [[step, step, step, step, step, last]])
    let counts = try (0..<3).flatMap { _ in
      let buffer = try scripted.collect()
      return (0..<4).map { buffer.captionCounts[$0] }
    }
    #expect(counts == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
  }

  @Test func finishedEpisodesAreSummedAcrossUnrolls() throws {
    var script = (0..<6).map { ScriptedStep(reward: Float($0)) }
    script[5].terminated = true
    script[5].succeeded = true
    let scripted = try ScriptedGroup(unrollLength: 4, scripts: [script, [ScriptedStep(truncated: true)]])
    let short = FinishedEpisode(episodeReturn: 0, length: 1, succeeded: false)
    #expect(try scripted.collect().episodes == [short, short, short, short])
    let second = try scripted.collect()
    // The facts of each unroll are those of its own episodes.
    #expect(
      second.facts.entries == [
        .init(name: "steps of 1", sum: 4, count: 4), .init(name: "steps of 0", sum: 6, count: 1),
      ])
    #expect(
      second.episodes == [short, FinishedEpisode(episodeReturn: 15, length: 6, succeeded: true), short, short, short])
    #expect(second.flags[2] == StepFlags([.terminated, .succeeded]).rawValue)
  }

  /// Three environments of which one is truncated and one terminated at step 1, all recomputed by the oracle.
  @Test func theNetworkSeesWhatTheGroupPlayed() throws {
    let ends = [ScriptedStep(), ScriptedStep(truncated: true), ScriptedStep(), ScriptedStep()]
    var terminates = ends
    terminates[1] = ScriptedStep(terminated: true)
    let scripted = try ScriptedGroup(unrollLength: 4, scripts: [[ScriptedStep()], ends, terminates])
    for _ in 0..<3 {
      let buffer = try scripted.collect()
      let replay = PolicyReplay(scripted, from: buffer)
      for t in 0..<4 {
        let (logits, values) = replay.step((0..<3).map { UnsafeRawPointer(buffer.row(t, $0)) })
        for e in 0..<3 {
          let index = t * 3 + e
          #expect((0..<2).map { buffer.values[2 * index + $0] } == values[e])
          let expected = logProbability(of: Int(buffer.actions[index]), logits[e])
          #expect(abs(buffer.logProbabilities[index] - expected) < 1e-5)
        }
        for e in 0..<3 where buffer.flags[t * 3 + e] != 0 { replay.zeroState(e) }
      }
      // The state of the next unroll is the one after the last step.
      let next = (0..<3).map(replay.state)
      let following = try scripted.collect()
      #expect((0..<3).map { scripted.initialState(following, $0) } == next)
    }
  }

  private func logProbability(of action: Int, _ logits: [Float]) -> Float {
    let highest = logits.max() ?? 0
    return logits[action] - highest - logf(logits.reduce(0) { $0 + expf($1 - highest) })
  }

  @Test func truncatedStepsGetTheTerminalObservationsValueAndTerminatedOnesNone() throws {
    let scripted = try ScriptedGroup(
      unrollLength: 4,
      scripts: [
        [ScriptedStep(), ScriptedStep(truncated: true), ScriptedStep(), ScriptedStep()],
        [ScriptedStep(), ScriptedStep(terminated: true), ScriptedStep(), ScriptedStep()],
        [ScriptedStep()],
      ])
    let buffer = try scripted.collect()
    let replay = PolicyReplay(scripted, from: buffer)
    for t in 0...1 { _ = replay.step((0..<3).map { UnsafeRawPointer(buffer.row(t, $0)) }) }
    // The terminal observations are not in the unroll: rows 2 hold the next episodes' first ones.
    #expect(scripted.place(buffer, 2, 0) == Place(environment: 0, episode: 2, step: 0))
    let terminal = (0..<3).map { Place(environment: $0, episode: 1, step: 2).values }
    let rows = UnsafeMutablePointer<Float>.allocate(capacity: 12)
    defer { rows.deallocate() }
    for e in 0..<3 { (rows + 4 * e).update(from: terminal[e], count: 3) }
    let expected = replay.peek((0..<3).map { UnsafeRawPointer(rows + 4 * $0) })[0]
    #expect(expected.allSatisfy { $0 != 0 })

    for index in 0..<12 {
      let values = (0..<2).map { buffer.truncationValues[2 * index + $0] }
      #expect(values == (index == 3 ? expected : [0, 0]), "step \(index / 3), environment \(index % 3)")
    }
  }

  @Test func theRecurrentStateIsZeroWhereAnEpisodeBegins() throws {
    var ends = Array(repeating: ScriptedStep(), count: 4)
    ends[3].terminated = true
    let scripted = try ScriptedGroup(unrollLength: 4, scripts: [ends, [ScriptedStep()]])
    let zeros = [Float](repeating: 0, count: scripted.shape.stateSize)
    let first = try scripted.collect()
    #expect(scripted.initialState(first, 0) == zeros && scripted.initialState(first, 1) == zeros)
    let second = try scripted.collect()
    #expect(scripted.initialState(second, 0) == zeros)
    #expect(scripted.initialState(second, 1).allSatisfy { $0 != 0 })
  }

  @Test func aFailingEnvironmentIsReplacedAndItsStepTruncated() throws {
    var script = (0..<4).map { ScriptedStep(reward: 1, caption: "step \($0)") }
    script[2].fails = true
    let scripted = try ScriptedGroup(
      unrollLength: 4, scripts: [script, Array(repeating: ScriptedStep(reward: 2), count: 4)])
    let buffer = try scripted.collect()
    #expect(scripted.environments.count == 3)
    #expect(buffer.failures.count == 1)
    #expect(buffer.failures.first?.contains("group 7 environment 0") == true)
    #expect(buffer.failures.first?.contains("the script says so") == true)

    #expect((0..<4).map { buffer.flags[2 * $0] } == [0, 0, StepFlags.truncated.rawValue, 0])
    #expect((0..<4).map { buffer.rewards[2 * $0] } == [1, 1, 0, 2])
    #expect((0..<4).map { scripted.caption(buffer, $0, 0) } == ["step 0", "step 1", "", ""])
    #expect(buffer.episodes == [FinishedEpisode(episodeReturn: 2, length: 3, succeeded: false)])
    #expect(scripted.place(buffer, 2, 0) == Place(environment: 0, episode: 1, step: 2))
    #expect(scripted.place(buffer, 3, 0) == Place(environment: 2, episode: 1, step: 0))
    #expect(scripted.place(buffer, 4, 0) == Place(environment: 2, episode: 1, step: 1))
    // A new seed: the same one could fail again every time.
    #expect(scripted.environments[2].seeds != scripted.environments[0].seeds)
    // The other environment has noticed nothing.
    #expect((0...4).map { scripted.place(buffer, $0, 1).step } == [0, 1, 2, 3, 4])

    // The bootstrap is the value of the last good observation.
    let replay = PolicyReplay(scripted, from: buffer)
    for t in 0...2 { _ = replay.step((0..<2).map { UnsafeRawPointer(buffer.row(t, $0)) }) }
    let value = replay.peek([UnsafeRawPointer(buffer.row(2, 0)), UnsafeRawPointer(buffer.row(3, 1))])[0]
    #expect((0..<2).map { buffer.truncationValues[2 * 4 + $0] } == value)
  }

  @Test func theSeedDecidesEverything() throws {
    func play(_ seed: UInt64) throws -> ([[UInt64]], [[Int]]) {
      let scripted = try ScriptedGroup(
        unrollLength: 8, scripts: [[ScriptedStep(), ScriptedStep(terminated: true)], [ScriptedStep()]], seed: seed)
      _ = try scripted.collect()
      return (scripted.environments.map(\.seeds), scripted.environments.map(\.actions))
    }
    let (first, again, other) = (try play(1), try play(1), try play(2))
    #expect(first == again)
    #expect(first.0 != other.0 && first.1 != other.1)
  }
}
