import Captions
import Statistics
import Testing
import Trajectories

@testable import IntrinsicReward

/// Captions are numbered 1, 2, ... by this learner and 11, 12, ... by the run.
@Suite struct SharedScoresTests {
  @Test func aCaptionIsUnknownUntilItsNumberAndItsScoreAreHere() {
    let scores = SharedScores()
    scores.learn(RewardUpdate(captions: [NewCaption(id: 1, bytes: [7]), NewCaption(id: 2, bytes: [8])]))
    #expect(scores.takeNewCaptions() == [[7], [8]])
    #expect(scores.takeNewCaptions().isEmpty)
    scores.take([ScoreChange(number: 11, score: 0.5)], version: 3)
    #expect(scores.score(1) == nil && scores.version == 3)
    scores.take(numbers: [11])
    #expect(scores.score(1) == 0.5 && scores.number(of: 1) == 11)
    #expect(scores.score(0) == nil && scores.score(2) == nil && scores.score(.max) == nil)
    scores.take(numbers: [0])  // the run's table is full
    #expect(scores.number(of: 2) == nil && scores.score(2) == nil)
    scores.take([ScoreChange(number: 11, score: .nan), ScoreChange(number: .max, score: 1)], version: 4)
    #expect(scores.score(1) == nil)
  }

  @Test func eachChangeIsToldOnce() {
    var model = RetrievalReward()
    var ledger = SharedScoreLedger()
    model.learn(RewardUpdate(labels: [label(11, 1), label(99, 1)]))
    #expect(ledger.changes(of: model).isEmpty)
    ledger.add([11, 12, 0, 11])
    #expect(ledger.changes(of: model) == [ScoreChange(number: 11, score: 1)])
    #expect(ledger.changes(of: model).isEmpty)
    model.learn(RewardUpdate(labels: [label(12, 0), label(11, 0.25)]))
    #expect(
      ledger.changes(of: model) == [ScoreChange(number: 11, score: 0.25), ScoreChange(number: 12, score: 0)])
    model.learn(RewardUpdate(labels: [label(11, .nan)]))
    let forgotten = ledger.changes(of: model)
    #expect(forgotten.map(\.number) == [11] && forgotten.allSatisfy(\.score.isNaN))
    #expect(ledger.changes(of: model).isEmpty)
  }

  @Test func paymentsWaitForTheirNumber() {
    var tally = PaymentTally()
    let paid: [Float] = [1, 0, 0.5, 2]
    let (rewards, flags): ([Float], [UInt8]) = ([0, 0, 0, 0], [0, 0, 0, 0])
    let (captions, counts): ([UInt32], [UInt16]) = ([1, 1, 2, 0], [1, 1, 1, 1])
    tally.note(
      RewardInputs(
        group: 0, steps: 4, columns: 1, rewards: rewards, flags: flags, captions: captions, captionCounts: counts),
      paid: paid)
    let first = tally.take { $0 == 1 ? 11 : nil }
    #expect(first.map(\.number) == [11])
    #expect(first.first?.entry.steps == 2 && first.first?.entry.paidSteps == 1 && first.first?.entry.paid == 1)
    #expect(tally.take { $0 == 1 ? 11 : nil }.isEmpty)
    #expect(tally.take { Int($0) + 10 }.map(\.number) == [12])

    var audit = RewardAudit()
    audit.add(first[0].entry, of: 11)
    audit.add(first[0].entry, of: 11)
    audit.add(first[0].entry, of: -1)
    #expect(audit.entries[11].steps == 4 && audit.entries[11].paid == 2)
  }
}

/// Moments that the learners of a run share.
@Suite struct SharedMomentsTests {
  private func moments(_ values: [Float]) -> RunningMoments {
    var moments = RunningMoments()
    values.withUnsafeBufferPointer { moments.merge($0) }
    return moments
  }

  @Test func bothStreamsTogether() throws {
    let (first, second): ([Float], [Float]) = ([1, 2, 4], [-3, 8, 0.5, 2])
    let both = moments(first).together(with: moments(second))
    let all = moments(first + second)
    #expect(both.count == 7 && abs(both.mean - all.mean) < 1e-12)
    #expect(abs(both.squaredDeviations - all.squaredDeviations) < 1e-9)
    #expect(moments(first).together(with: RunningMoments()) == moments(first))
    #expect(RunningMoments().together(with: moments(first)).mean == moments(first).mean)
  }

  @Test func theDivisorIsThatOfAllLearners() {
    var (own, all) = (ReturnNormaliser(discount: 0), ReturnNormaliser(discount: 0))
    let (first, second): ([Float], [Float]) = ([1, 5], [-4, 2])
    let flags = [UInt8](repeating: 0, count: 4)
    own.observe(group: 0, rewards: first, flags: flags, endMask: 1, steps: 2, columns: 1)
    own.othersMoments = moments(second)
    all.observe(group: 0, rewards: first + second, flags: flags, endMask: 1, steps: 4, columns: 1)
    #expect(abs(own.divisor - all.divisor) < 1e-6)
    #expect(abs(own.saved.divisor - own.divisor) < 1e-6 && own.saved.othersMoments.count == 0)
    #expect(own.saved.moments.count == 4 && own.moments.count == 2)
  }

  @Test func scoresAreStandardisedByThoseOfAllLearners() throws {
    var options = RewardOptions()
    options.normaliseExtrinsic = true
    options.chain = [RewardStage("count"), RewardStage("standardise")]
    var mixer = RewardMixer(options)
    #expect(mixer.ownMoments.count == 2)
    mixer.take(othersMoments: [moments([1, 2]), moments([3, 5])])
    #expect(mixer.normaliser.othersMoments == moments([1, 2]))
    guard case .moments(let saved)? = mixer.chain.state.transforms["standardise"] else {
      throw Missing()
    }
    #expect(saved == RunningMoments().together(with: moments([3, 5])))
    var other = RewardChain(options)
    #expect(other.restore(mixer.chain.state, withMoments: false).isEmpty)
    #expect(other.ownMoments == [RunningMoments()])
  }

  private struct Missing: Error {}
}

private func label(_ caption: UInt32, _ value: Float) -> CaptionLabel { CaptionLabel(caption: caption, value: value) }
