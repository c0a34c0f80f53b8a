import Foundation
import Learner
import TestSupport
import Testing

@Suite struct RewardAuditRunTests {
  private func table(_ folder: TemporaryDirectory) throws -> RewardTable {
    let path = folder.path + "/run/rewards.tsv"
    return try RewardTable(text: String(contentsOfFile: path, encoding: .utf8), fileName: path)
  }

  /// Every step trained on is in the table once, over all sessions, and every caption has the oracle's label.
  @Test func theTableAccountsForEveryStepOfEverySession() throws {
    let folder = try TemporaryDirectory()
    var steps: [Int] = []
    for (goal, resume) in [(4_000, LearnerOptions.Resume.never), (7_000, .auto)] {
      let run = try SmallRun.serial(SmallRun.grid(seed: 3, steps: goal), in: folder, resume: resume)
      try run.run(until: { nil })
      let sum = try table(folder).sum
      steps.append(sum.steps)
      #expect(sum.steps >= goal && sum.steps < goal + 64)
    }
    #expect(steps[1] > steps[0])
    let rows = try table(folder).rows.filter { !$0.caption.isEmpty }
    #expect(rows.count > 5 && rows.contains { $0.label == 1 && $0.paid > 0 })
    #expect(rows.allSatisfy { $0.paidSteps <= $0.steps && ($0.label != 0 || $0.score != 0 || $0.paid >= 0) })
  }
}
