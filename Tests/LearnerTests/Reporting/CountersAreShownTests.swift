import ActorCritic
import IntrinsicReward
import Sessions
import Telemetry
import Testing
import Wire

@testable import Captions
@testable import Learner

/// Every counter of every statistics struct that the learner has is shown: a change of it changes a metric.
///
/// `Mirror` keeps the lists complete: a new field fails its test until it is in the list, and the list's entry fails
/// until a metric shows the field.
struct CountersAreShownTests {
  /// - Parameters:
  ///   - fields: a change of each field, by its name.
  ///   - texts: fields that are not numbers, and what shows them instead.
  private func expectShown<Source: MetricSource>(
    _ source: Source, _ fields: [String: (inout Source) -> Void], texts: Set<String> = []
  ) {
    let names = Set(Mirror(reflecting: source).children.compactMap(\.label))
    #expect(names == Set(fields.keys).union(texts), "\(Source.self)")
    for (name, change) in fields {
      var changed = source
      change(&changed)
      #expect(changed.metrics != source.metrics, "no metric shows \(Source.self).\(name)")
    }
  }

  @Test func runCounters() {
    expectShown(
      RunCounters(seed: 1),
      [
        "playedSteps": { $0.playedSteps += 1 }, "trainedSteps": { $0.trainedSteps += 1 },
        "discardedStale": { $0.discardedStale += 1 }, "discardedOverflow": { $0.discardedOverflow += 1 },
        "discardedByRestart": { $0.discardedByRestart += 1 },
        "discardedNotFinite": { $0.discardedNotFinite += 1 },
        "discardedUnlabelled": { $0.discardedUnlabelled += 1 }, "policyVersion": { $0.policyVersion += 1 },
        "skippedUpdates": { $0.skippedUpdates += 1 }, "episodes": { $0.episodes += 1 },
      ], texts: ["seedStream"])
  }

  /// A tensor that is not finite has a line in the log and counts as a skipped update.
  @Test func trainStatistics() {
    expectShown(
      TrainStatistics(),
      [
        "frames": { $0.frames += 1 }, "policyLoss": { $0.policyLoss += 1 }, "valueLoss": { $0.valueLoss += 1 },
        "entropy": { $0.entropy += 1 }, "gradientNorm": { $0.gradientNorm += 1 }, "meanRatio": { $0.meanRatio += 1 },
        "divergence": { $0.divergence += 1 }, "clipFraction": { $0.clipFraction += 1 },
        "explainedVariance": { $0.explainedVariance = 0.5 }, "advantageMean": { $0.advantageMean += 1 },
        "advantageDeviation": { $0.advantageDeviation += 1 }, "minimumPolicyLag": { $0.minimumPolicyLag += 1 },
        "meanPolicyLag": { $0.meanPolicyLag += 1 }, "maximumPolicyLag": { $0.maximumPolicyLag += 1 },
      ], texts: ["nonFiniteTensor", "faultyUnrolls", "hasFaultyUnrolls", "allUnrollsAreFaulty"])
  }

  @Test func evaluations() {
    let result = EvaluationResult(time: 1, step: 2, version: 3, episodes: 4, returnMean: 5, seconds: 6)
    expectShown(
      EvaluationState(),
      [
        "latest": { $0.latest = result }, "best": { $0.best = result }, "finished": { $0.finished += 1 },
        "skipped": { $0.skipped += 1 }, "failed": { $0.failed += 1 },
      ], texts: ["runningStep"])
  }

  @Test func rewardStatistics() {
    var statistics = RewardStatistics()
    (statistics.steps, statistics.captionedSteps, statistics.labelledSteps) = (8, 4, 2)
    (statistics.intrinsicSum, statistics.extrinsicSum, statistics.paidSteps) = (1, 1, 1)
    expectShown(
      statistics,
      [
        "steps": { $0.steps += 1 }, "captionedSteps": { $0.captionedSteps += 1 },
        "labelledSteps": { $0.labelledSteps += 1 }, "paidSteps": { $0.paidSteps += 1 },
        "extrinsicSum": { $0.extrinsicSum += 1 }, "intrinsicSum": { $0.intrinsicSum += 1 },
        "clippedSteps": { $0.clippedSteps += 1 },
      ])
  }

  @Test func rewardModelStatistics() {
    expectShown(
      RewardModelStatistics(),
      [
        "version": { $0.version += 1 }, "steps": { $0.steps += 1 }, "skippedSteps": { $0.skippedSteps += 1 },
        "loss": { $0.loss = 1 }, "agreement": { $0.agreement = 1 }, "trainingAgreement": { $0.trainingAgreement = 1 },
        "heldOut": { $0.heldOut += 1 }, "scored": { $0.scored += 1 }, "headDeviation": { $0.headDeviation = 1 },
        "pairWeight": { $0.pairWeight = 1 }, "seconds": { $0.seconds += 1 },
      ])
  }

  @Test func ledgers() {
    expectShown(
      LedgerStatistics(),
      [
        "seen": { $0.seen += 1 }, "questions": { $0.questions += 1 }, "queued": { $0.queued += 1 },
        "inFlight": { $0.inFlight += 1 }, "labelled": { $0.labelled += 1 }, "abstained": { $0.abstained += 1 },
        "ignored": { $0.ignored += 1 }, "asked": { $0.asked += 1 }, "labelsReceived": { $0.labelsReceived += 1 },
        "abstentionsReceived": { $0.abstentionsReceived += 1 }, "returned": { $0.returned += 1 },
        "tokens": { $0.tokens += 1 }, "overflowed": { $0.overflowed += 1 }, "refused": { $0.refused += 1 },
        "late": { $0.late += 1 }, "expired": { $0.expired += 1 }, "released": { $0.released += 1 },
        "unanswered": { $0.unanswered += 1 },
      ])
    expectShown(
      PairLedger.Statistics(),
      [
        "asked": { $0.asked += 1 }, "answered": { $0.answered += 1 }, "abstained": { $0.abstained += 1 },
        "returned": { $0.returned += 1 }, "inFlight": { $0.inFlight += 1 }, "refused": { $0.refused += 1 },
      ])
  }

  @Test func peersAndTimes() {
    expectShown(PeerStatistics(), ["refused": { $0.refused += 1 }, "banned": { $0.banned += 1 }])
    expectShown(
      RolloutTimes(),
      [
        "environment": { $0.environment += 1 }, "inference": { $0.inference += 1 }, "other": { $0.other += 1 },
        "wait": { $0.wait += 1 }, "pack": { $0.pack += 1 }, "send": { $0.send += 1 },
      ])
    expectShown(
      UpdateTimes(),
      [
        "wait": { $0.wait += 1 }, "rewards": { $0.rewards += 1 }, "train": { $0.train += 1 },
        "publish": { $0.publish += 1 }, "forward": { $0.forward += 1 }, "backward": { $0.backward += 1 },
        "optimiser": { $0.optimiser += 1 }, "checkpoint": { $0.checkpoint += 1 },
      ])
    expectShown(
      WorkerActivity(),
      [
        "steps": { $0.steps += 1 }, "discardedTrajectories": { $0.discardedTrajectories += 1 },
        "environmentErrors": { $0.environmentErrors += 1 },
      ], texts: ["times"])
  }

  /// What a worker reports in its heartbeats reaches the metrics; its rate is in the status.
  @Test func heartbeats() {
    let earlier = Heartbeat(steps: 10)
    let later = Heartbeat(steps: 30, discardedTrajectories: 2, environmentErrors: 1)
    let activity = WorkerActivity(from: earlier, to: later)
    #expect((activity.steps, activity.discardedTrajectories, activity.environmentErrors) == (20, 2, 1))
    // Counters that fall or leap come from a broken peer and do no harm.
    var sum = WorkerActivity(from: later, to: earlier)
    #expect(sum.steps == 0)
    sum += WorkerActivity(from: earlier, to: Heartbeat(steps: .max, environmentErrors: .max))
    #expect(sum.steps == .max)
    sum += sum
    #expect(sum.steps == .max)
  }

  /// Every metric is shown by one source or by the reporter itself, and every fact of a reward chain has a metric.
  @Test func everyFactHasItsMetric() {
    #expect(Set(RewardFact.allCases.map(\.metric)).count == RewardFact.allCases.count)
  }
}
