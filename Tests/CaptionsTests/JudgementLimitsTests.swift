import Testing

@testable import Captions

struct JudgementLimitsTests {
  @Test func labelsOutsideZeroToOneAreFaults() {
    for value: Float in [0, 0.5, 1, -0.0] { #expect(Verdict.label(value).fault == nil) }
    #expect(Verdict.abstain.fault == nil)
    #expect(Verdict.label(3.4e38).fault == "label 3.4e+38 is not from 0.0 to 1.0")
    for value: Float in [-1, 1.5, .nan, .infinity] { #expect(Verdict.label(value).fault != nil) }
  }

  @Test func everyNumberOfAJudgementIsChecked() {
    var evidence = LabelEvidence(model: "m", latencySeconds: 1, promptTokens: 10, answerTokens: 2, samples: 1)
    #expect(Judgement(.label(1), logOdds: -9999, evidence: evidence).fault == nil)
    #expect(Judgement(.label(1), logOdds: .infinity).fault?.hasPrefix("log-odds inf") == true)
    evidence.promptTokens = .max
    #expect(Judgement(.label(1), evidence: evidence).fault?.hasPrefix("prompt tokens 9223372036854775807") == true)
    #expect(evidence.tokens == .max && evidence.limited.promptTokens == 100_000_000)
    (evidence.promptTokens, evidence.latencySeconds, evidence.samples) = (-5, .nan, .max)
    #expect(evidence.limited.fault == nil && evidence.limited.latencySeconds == 0 && evidence.limited.promptTokens == 0)
  }

  @Test func rewardModelsLearnFromLimitedLabels() {
    #expect(CaptionLabel(caption: 1, value: 3.4e38).limited == 1)
    #expect(CaptionLabel(caption: 1, value: -.infinity).limited == 0)
    #expect(CaptionLabel(caption: 1, value: 0.25).limited == 0.25)
  }
}
