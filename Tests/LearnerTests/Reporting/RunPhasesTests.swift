import Foundation
import Testing
import Wire

@testable import Learner

@Suite struct RunPhasesTests {
  private func learner(_ change: (inout UpdateTimes) -> Void) -> UpdateTimes {
    var times = UpdateTimes()
    change(&times)
    return times
  }

  private func workers(_ change: (inout RolloutTimes) -> Void) -> RolloutTimes {
    var times = RolloutTimes()
    change(&times)
    return times
  }

  private func advice(_ learner: UpdateTimes, _ workers: RolloutTimes, count: Int = 1) -> String {
    Bottleneck(learner: learner, workers: workers, workerCount: count).sentence
  }

  @Test func sharesOfARoleSumToOne() {
    let times = learner {
      ($0.wait, $0.rewards, $0.train, $0.publish, $0.checkpoint) = (1, 2, 4, 0.5, 0.5)
      ($0.forward, $0.backward, $0.optimiser) = (1, 2, 0.5)
    }
    #expect(abs(times.phases.reduce(0) { $0 + $1.share } - 1) < 1e-12 && times.trainRest == 0.5)
    let rollout = workers {
      ($0.environment, $0.inference, $0.other, $0.wait, $0.pack, $0.send) = (3, 2, 1, 1, 0.5, 0.5)
    }
    #expect(rollout.phases.count == 6 && abs(rollout.phases.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    #expect(UpdateTimes().phases.isEmpty && RolloutTimes().phases.isEmpty)
  }

  /// Clocks differ between threads: the parts may exceed the whole by a little, and no share is negative.
  @Test func noShareIsNegative() {
    let times = learner { ($0.train, $0.forward, $0.backward) = (1, 0.6, 0.5) }
    #expect(times.trainRest == 0)
  }

  @Test func theSentenceNamesWhoWaits() {
    let busy = learner { ($0.wait, $0.train, $0.backward) = (0.1, 0.9, 0.6) }
    let idle = learner { ($0.wait, $0.train) = (0.59, 0.41) }
    let playing = workers { ($0.environment, $0.inference) = (0.7, 0.3) }
    let held = workers { ($0.environment, $0.wait) = (0.55, 0.45) }
    #expect(
      advice(idle, playing)
        == "The learner waits 59% of the time: attach workers, or use faster environments (70% of the workers' time).")
    #expect(
      advice(busy, held)
        == "The workers wait for credit 45% of the time: the learner is full; its largest part is backward (60%): give it "
        + "more cores (learner.threads), or a smaller network.")
    #expect(advice(idle, held).contains("raise learner.queue_batches"))
    #expect(advice(busy, playing).contains("balanced"))
    #expect(advice(busy, playing, count: 0).hasPrefix("No worker is connected"))
    #expect(advice(UpdateTimes(), playing).contains("no update"))
    let saving = learner { ($0.train, $0.checkpoint) = (0.4, 0.6) }
    #expect(advice(saving, held).contains("raise checkpoint.interval_seconds"))
  }

  @Test func theTableHasALineForEachPhase() {
    let phases = RunPhases(
      learner: learner { ($0.wait, $0.train) = (1, 3) }, workers: RolloutTimes(), rewardModel: 0.25, workerCount: 1)
    #expect(phases.table.contains("  wait for a batch           25% ##########\n"))
    #expect(phases.table.contains("workers (all threads): nothing was measured yet"))
    #expect(phases.table.contains("training and scoring       25% ##########"))
    #expect(phases.table.hasSuffix(phases.advice))
  }
}
