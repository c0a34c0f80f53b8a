import Captions
import Testing
@testable import IntrinsicReward

@Suite struct RewardAuditTests {
  private func note(_ audit: inout RewardAudit, _ captions: [UInt32], paid: [Float]) {
    let (rewards, flags) = ([Float](repeating: 0, count: captions.count), [UInt8](repeating: 0, count: captions.count))
    let counts = [UInt16](repeating: 1, count: captions.count)
    audit.note(
      RewardInputs(
        group: 0, steps: captions.count, columns: 1, rewards: rewards, flags: flags, captions: captions,
        captionCounts: counts),
      paid: paid)
  }

  @Test func countsWhatWasPaidByCaption() {
    var audit = RewardAudit()
    note(&audit, [0, 3, 3, 7], paid: [0, 0.4, 0.05, -1])
    note(&audit, [3, 0], paid: [0, 0.25])
    #expect(audit.entries[0].steps == 2 && audit.entries[0].paid == 0.25)
    #expect(audit.entries[3].steps == 3 && audit.entries[3].paidSteps == 2)
    #expect(abs(audit.entries[3].paid - 0.45) < 1e-6)
    #expect(audit.entries[7].paid == -1 && audit.entries[5].steps == 0)
    #expect(audit.entries.reduce(0) { $0 + $1.steps } == 6)
  }

  @Test func flipsAreChangesFromWorthlessToWorthSomethingAndBack() {
    var audit = RewardAudit()
    note(&audit, [1, 2, 3], paid: [0, 0, 0])
    var model = RetrievalReward()
    func learn(_ labels: [Float]) {
      model.learn(
        RewardUpdate(labels: labels.enumerated().map { CaptionLabel(caption: UInt32($0 + 1), value: $1) }))
      audit.compare(with: model)
    }
    learn([1, 0])
    #expect(audit.latestFlips == 0 && audit.entries[3].score.isNaN)
    learn([0, 0, 1])
    #expect(audit.latestFlips == 1 && audit.entries[1].flips == 1 && audit.entries[3].flips == 0)
    audit.compare(with: model)  // the same version is looked at once
    #expect(audit.latestFlips == 1 && audit.entries[1].flips == 1)
    learn([0.5, 0, 1])
    #expect(audit.entries[1].flips == 2)
  }
}
