import ActorCritic
import Environments
import Runtime
import Tensor
import Testing
import Trajectories
import Wire

@testable import Worker

/// What a group does with a batch whose environments play elsewhere.
struct EnvironmentBatchTests {
  /// Two environments that follow a script. A row shows the number of the row that was written; the calls are noted.
  private final class ScriptedBatch: EnvironmentBatch {
    enum Event {
      case plays(Transition)
      case fails
      case isLost
    }

    var script: [[Event]]
    private(set) var calls: [String] = []
    private(set) var sentSeeds: [[UInt64]] = []
    private(set) var resetSeeds: [[UInt64]] = [[], []]
    private var step = 0
    private var rows: Float = 0

    init(_ script: [[Event]]) { self.script = script }

    private func write(_ output: StepOutput) {
      rows += 1
      for index in 0..<3 { output.field(at: 0, as: Float.self, count: 3)[index] = rows }
    }

    func start(seeds: UnsafePointer<UInt64>) {
      calls.append("start")
      sentSeeds.append([seeds[0], seeds[1]])
    }

    func reset(_ e: Int, seed: UInt64, into output: StepOutput) {
      calls.append("reset \(e)")
      resetSeeds[e].append(seed)
      write(output)
    }

    func send(_ actions: UnsafePointer<Int32>, nextSeeds: UnsafePointer<UInt64>) {
      calls.append("send")
      sentSeeds.append([nextSeeds[0], nextSeeds[1]])
    }

    func receive() {
      calls.append("receive")
      step += 1
    }

    func step(_ e: Int, action: ActionChoice, into output: StepOutput) throws -> Transition {
      calls.append("step \(e)")
      switch script[step - 1][e] {
      case .plays(let transition):
        write(output)
        return transition
      case .fails: throw EnvironmentError("the server is gone")
      case .isLost: throw LostEpisode()
      }
    }

    func replace(_ e: Int) { calls.append("replace \(e)") }
    func rest() {}
  }

  private func collect(_ batch: ScriptedBatch) throws -> TrajectoryBuffer {
    let scripted = try ScriptedGroup(unrollLength: batch.script.count, scripts: [[ScriptedStep()], [ScriptedStep()]])
    let group = RolloutGroup(
      index: 7, shape: scripted.shape, network: scripted.network, captions: scripted.captions, seed: 3, batch: batch)
    return try group.collect(policy: scripted.policy)
  }

  private let plain = ScriptedBatch.Event.plays(Transition(reward: 1))

  @Test func actionsAreSentBeforeAnythingIsTaken() throws {
    let batch = ScriptedBatch([[plain, .plays(Transition(reward: 1, truncated: true))], [plain, plain]])
    let buffer = try collect(batch)
    #expect(
      batch.calls == [
        "start", "reset 0", "reset 1", "send", "receive", "step 0", "step 1", "reset 1", "send", "receive", "step 0",
        "step 1",
      ])
    // The next episode has the seed that was sent with the step before it.
    #expect(batch.resetSeeds[1] == [batch.sentSeeds[0][1], batch.sentSeeds[1][1]])
    #expect(batch.sentSeeds[2] == [batch.sentSeeds[1][0], batch.sentSeeds[2][1]])
    #expect(Set(batch.sentSeeds.map { $0[1] }).count == 3)
    #expect(buffer.episodes == [FinishedEpisode(episodeReturn: 1, length: 1, succeeded: false)])
  }

  @Test func idleStepsAreMarkedAndCountForNoEpisode() throws {
    let batch = ScriptedBatch([
      [plain, .plays(Transition(reward: 1, terminated: true))],
      [plain, .plays(Transition(reward: 0, truncated: true, isIdle: true))],
      [plain, .plays(Transition(reward: 1, terminated: true))],
    ])
    let buffer = try collect(batch)
    #expect(
      (0..<3).map { buffer.flags[2 * $0 + 1] } == [
        StepFlags.terminated.rawValue, StepFlags([.truncated, .idle]).rawValue, StepFlags.terminated.rawValue,
      ])
    let episode = FinishedEpisode(episodeReturn: 1, length: 1, succeeded: false)
    #expect(buffer.episodes == [episode, episode])
  }

  @Test func theEpisodesOfALostServerAreCutAndItsReasonIsToldOnce() throws {
    let batch = ScriptedBatch([[plain, plain], [.fails, .isLost], [plain, plain]])
    let buffer = try collect(batch)
    #expect(buffer.failures.count == 1)
    #expect(buffer.failures.first?.hasPrefix("group 7 environment 0 action ") == true)
    #expect(buffer.failures.first?.hasSuffix("the server is gone") == true)
    let truncated = StepFlags.truncated.rawValue
    #expect((0..<6).map { buffer.flags[$0] } == [0, 0, truncated, truncated, 0, 0])
    #expect(
      batch.calls.filter { $0.hasPrefix("re") } == [
        "reset 0", "reset 1", "receive", "receive", "replace 0", "replace 1", "reset 0", "reset 1", "receive",
      ])
    // The cut episodes bootstrap.
    #expect((0..<4).allSatisfy { buffer.truncationValues[4 + $0] != 0 })
  }
}
