import Testing

@testable import Judging

struct ConfusionTests {
  @Test func countsEveryCombination() {
    let confusion = Confusion([
      sample(true, 0.9), sample(true, 0.8), sample(true, 0.1), sample(false, 0.7), sample(false, 0.2),
      QualitySample(isProgress: true, verdict: .abstain), QualitySample(isProgress: false, verdict: .abstain),
    ])
    #expect(confusion.truePositives == 2)
    #expect(confusion.falseNegatives == 1)
    #expect(confusion.falsePositives == 1)
    #expect(confusion.trueNegatives == 1)
    #expect(confusion.abstained == 2)
    #expect(confusion.accuracy == 3.0 / 5)
    #expect(confusion.rightOfAll == 3.0 / 7)
    #expect(confusion.abstention == 2.0 / 7)
    #expect(confusion.precision == 2.0 / 3)
    #expect(confusion.recall == 2.0 / 3)
  }

  @Test func nothingIsNeitherRightNorWrong() {
    let nothing = Confusion([])
    #expect(nothing.accuracy == nil && nothing.abstention == nil && nothing.rightOfAll == nil)
    let silent = Confusion([QualitySample(isProgress: true, verdict: .abstain)])
    #expect(silent.accuracy == nil)
    #expect(silent.rightOfAll == 0)
  }

  /// The decision is the verdict's, not the sign of the log-odds: a judge may have a threshold of its own.
  @Test func theVerdictDecides() {
    #expect(Confusion([QualitySample(isProgress: true, verdict: .label(1), logOdds: -0.5)]).truePositives == 1)
  }

  @Test(arguments: [Float.nan, -0.1, 1.5, .infinity])
  func aLabelOutOfRangeIsNone(label: Float) {
    let sample = QualitySample(isProgress: false, verdict: .label(label))
    #expect(sample.decision == nil && sample.score == nil && sample.probability == nil)
    #expect(Confusion([sample]).abstained == 1)
  }
}
