import Checkpoints
import NeuralNetwork
import Tensor
import TestSupport
import Testing
import Transport

@testable import Learner

/// A second algorithm, as small as possible, goes through the queue, the loop, a checkpoint and a resumption: none of
/// these knows rewards, policies or networks.
struct AlgorithmSeamTests {
  /// Frames without content.
  private struct Frames: RolloutItem {
    var frames = 8
    var policyVersion: UInt64 = 0
    var source = PeerID([1])
  }

  /// How far the next updates nudge the parameter.
  private struct Nudge: AlgorithmUpdate {
    var amount: Float = 0
    mutating func append(_ later: Nudge) { amount += later.amount }
  }

  private struct Report: UpdateReport {
    let policyVersion: UInt64
    let frames: Int
    let discardedFrames: Int
    let nonFiniteTensor: String?
    var times = UpdateTimes()
  }

  /// Adds the nudge to its one parameter with every update, and counts the frames of each source.
  private final class FrameCounter: Algorithm {
    let parameters = FloatBuffer(count: 1)
    private(set) var policyVersion: UInt64 = 0
    private(set) var framesBySource: [String: Int] = [:]
    private var nudge: Float = 0
    private let layout: ParameterLayout = {
      var layout = ParameterLayout()
      _ = layout.add("parameter", [1])
      return layout
    }()

    func learn(_ update: Nudge) { nudge += update.amount }

    func train(_ items: [Frames]) -> Report {
      let isFinite = nudge.isFinite
      if isFinite {
        policyVersion += 1
        parameters.pointer[0] += nudge
      }
      nudge = 0
      for item in items { framesBySource[item.source.description, default: 0] += item.frames }
      let frames = items.reduce(0) { $0 + $1.frames }
      return Report(
        policyVersion: policyVersion, frames: isFinite ? frames : 0, discardedFrames: isFinite ? 0 : frames,
        nonFiniteTensor: isFinite ? nil : "nudge")
    }

    func audit() -> Int { framesBySource.values.reduce(0, +) }

    private var arrays: CheckpointContents.Arrays { .init(prefix: "tiny.", layout: layout, buffer: parameters) }

    func checkpointContents() throws -> CheckpointContents {
      var contents = CheckpointContents(arrays: [arrays])
      try contents.encode(framesBySource, as: "sources")
      return contents
    }

    func restore(_ checkpoint: Checkpoint, report: (String) -> Void) throws {
      try checkpoint.fill(arrays)
      framesBySource = try checkpoint.decode([String: Int].self, "sources")
      policyVersion = checkpoint.policyVersion
    }
  }

  private struct Run {
    let algorithm = FrameCounter()
    let mailbox: TrainerMailbox<FrameCounter>
    let loop: TrainingLoop<FrameCounter>

    init(_ store: CheckpointStore, resumedFrom checkpoint: Checkpoint? = nil) throws {
      var counters = RunCounters(seed: 1)
      if let checkpoint { counters = try CheckpointSaver.restore(checkpoint, into: algorithm) }
      mailbox = try TrainerMailbox(algorithm: algorithm, queueCapacity: 64, counters: counters)
      loop = TrainingLoop(
        .init(batchFrames: 16, maximumLag: 2, totalSteps: 64, publishUpdates: 1), algorithm: algorithm,
        mailbox: mailbox,
        saver: CheckpointSaver(store: store, intervalSeconds: 1e9, metadata: ["kind": "tiny"], clock: { 0 }))
    }

    func offer(_ items: Frames...) { for item in items { #expect(mailbox.queue.offer(item)) } }
  }

  private let folder: TemporaryDirectory
  private let store: CheckpointStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.url.appending(path: "checkpoints"), keep: 3)
  }

  @Test func aSecondAlgorithmTrainsIsSavedAndResumes() throws {
    let first = try Run(store)
    first.mailbox.send(Nudge(amount: 1))
    first.mailbox.send(Nudge(amount: 0.5))
    first.offer(Frames(), Frames(source: PeerID([2])))
    #expect(first.loop.turnIfReady().worked)
    #expect(first.mailbox.policy.current.policyVersion == 1)
    #expect(first.mailbox.policy.current.parameters.pointer[0] == 1.5)
    first.loop.checkpoint()

    let second = try Run(store, resumedFrom: store.loadNewest().checkpoint)
    #expect(second.algorithm.policyVersion == 1 && second.algorithm.parameters.pointer[0] == 1.5)
    #expect(second.mailbox.counters == first.mailbox.counters)
    #expect(second.mailbox.policy.current.parameters.pointer[0] == 1.5)
    #expect(second.algorithm.audit() == 16)
    second.loop.start()
    for _ in 0..<3 {
      second.mailbox.send(Nudge(amount: 1))
      second.offer(Frames(policyVersion: 1), Frames(policyVersion: 1))
    }
    second.loop.join()
    #expect(second.mailbox.counters.trainedSteps == 64)
    #expect(second.algorithm.parameters.pointer[0] == 4.5)
    guard case .finished(let end)? = second.mailbox.takeEvents().last else { throw Unexpected("no end") }
    #expect(end == .completed)
    #expect(try store.steps() == [64, 16])
  }

  @Test func staleItemsAndSkippedUpdatesAreTheLoopsBusiness() throws {
    let run = try Run(store)
    for _ in 0..<3 {
      run.offer(Frames(policyVersion: run.algorithm.policyVersion), Frames(policyVersion: run.algorithm.policyVersion))
      #expect(run.loop.turnIfReady().end == nil)
    }
    run.offer(Frames(policyVersion: 0))
    #expect(run.loop.turnIfReady().worked)
    #expect(run.mailbox.counters.discardedStale == 8)
    run.mailbox.send(Nudge(amount: .nan))
    run.offer(Frames(policyVersion: 3), Frames(policyVersion: 3))
    #expect(run.loop.turnIfReady().end == nil)
    #expect(run.mailbox.counters.skippedUpdates == 1 && run.mailbox.counters.policyVersion == 3)
    #expect(run.mailbox.counters.trainedSteps == 48 && run.mailbox.counters.discardedNotFinite == 16)
    run.offer(Frames(policyVersion: 3), Frames(policyVersion: 3))
    #expect(run.loop.turnIfReady().end == .completed)
  }

  /// An algorithm that does not notice it: the policy is neither published nor saved, and the run ends.
  @Test func parametersThatAreNotFiniteGoNowhere() throws {
    let run = try Run(store)
    run.offer(Frames(), Frames())
    #expect(run.loop.turnIfReady().end == nil)
    run.loop.checkpoint()
    run.mailbox.send(Nudge(amount: 3e38))
    run.mailbox.send(Nudge(amount: 0))
    run.offer(Frames(policyVersion: 1), Frames(policyVersion: 1))
    #expect(run.loop.turnIfReady().end == nil)
    run.mailbox.send(Nudge(amount: 3e38))
    run.offer(Frames(policyVersion: 2), Frames(policyVersion: 2))
    guard case .failed(let reason)? = run.loop.turnIfReady().end else { throw Unexpected("no failure") }
    #expect(
      reason.hasPrefix(
        "parameter 0 of the policy is not finite; it was not published. Besides, its last checkpoint was not written: "
          + "tiny.parameter: element 0 is inf; a state that is not finite is not saved. Kept: "))
    #expect(reason.hasSuffix("step-000000000016, 16 steps"))
    #expect(run.mailbox.policy.current.policyVersion == 2)
    #expect(try store.steps() == [16])
  }
}
