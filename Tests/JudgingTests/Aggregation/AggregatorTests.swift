import Foundation
import Runtime
import Testing

@testable import Judging

struct AggregatorTests {
  private func label(_ isProgress: Bool, certainty: Double = .nan, prompt: Int = 0) -> SampledLabel {
    SampledLabel(.label(isProgress: isProgress, logOdds: .nan), prompt: prompt, certainty: certainty)
  }

  private static let all: [any LabelAggregator] = [
    MajorityVote(), SelfCertaintyVote(), MetaModelVote(kept: 4), ScoreVote(kept: 4), AgreementVote(),
  ]

  @Test func nothingReadableIsNoLabel() {
    for aggregator in Self.all {
      for samples in [[], [SampledLabel(.unreadable("x")), SampledLabel(.unreadable("y"), prompt: 1)]] {
        let label = aggregator.aggregate(samples)
        #expect(label.isProgress == nil && label.share.isNaN, "\(aggregator.name)")
      }
    }
    #expect(Set(Self.all.map(\.name)).count == Self.all.count)
  }

  /// Exchanging yes and no exchanges the labels; the order of the answers does not matter.
  @Test func votesAreFairAndWithoutOrder() {
    var generator = SplitMix64(seed: 31)
    for aggregator in Self.all {
      for _ in 0..<60 {
        let samples = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
          let logOdds = Double(Int.random(in: -3...3, using: &generator)) + 0.5
          return SampledLabel(
            .label(isProgress: logOdds > 0, logOdds: logOdds), prompt: Int.random(in: 0...1, using: &generator),
            certainty: abs(logOdds))
        }
        let mirrored = samples.map { sample in
          var mirrored = sample
          mirrored.reading = .label(isProgress: sample.reading.logOdds < 0, logOdds: -sample.reading.logOdds)
          return mirrored
        }
        let label = aggregator.aggregate(samples)
        let other = aggregator.aggregate(mirrored)
        #expect(label.isProgress == other.isProgress.map { !$0 })
        #expect(label.share.isNaN == other.share.isNaN && !(abs(label.share + other.share - 1) > 1e-9))
        #expect(aggregator.aggregate(samples.shuffled(using: &generator)).isProgress == label.isProgress)
      }
    }
  }

  /// Two answers slightly for and one clearly against: a majority says yes, the sum of scores no.
  @Test func scoresAddUp() {
    let samples = [0.5, 0.5, -4.0].map { SampledLabel(.label(isProgress: $0 > 0, logOdds: $0)) }
    #expect(MajorityVote().aggregate(samples).isProgress == true)
    let sum = ScoreVote(kept: 3).aggregate(samples)
    #expect(sum.isProgress == false && sum.share == 0.2)
    // A model that looks at the margin alone keeps the clear answer only.
    let margin = MetaModel(weights: [0, 1, 0, 0, 0])
    #expect(ScoreVote(model: margin, kept: 1).aggregate(samples).share == 0)
    #expect(ScoreVote(kept: 3).aggregate([label(true), label(true), label(false)]).share == 2.0 / 3)
  }

  @Test func bordaVotesAreRanks() {
    // Ranks 1, 2, 3 have 3, 2, 1 votes at exponent 1.
    let samples = [label(true, certainty: 1), label(false, certainty: 3), label(true, certainty: 2)]
    #expect(SelfCertaintyVote(exponent: 1).aggregate(samples).isProgress == nil)
    #expect(SelfCertaintyVote(exponent: 2).aggregate(samples).isProgress == false)
    #expect(SelfCertaintyVote(exponent: 0).aggregate(samples).isProgress == true)
    #expect(SelfCertaintyVote(exponent: 2).aggregate(samples).share == 5.0 / 14)
    // Without log-probabilities it is a majority.
    #expect(SelfCertaintyVote(exponent: 2).aggregate(samples + [label(true)]).isProgress == true)
  }

  @Test func certaintyIsTheDistanceFromUniform() {
    func token(_ probabilities: [Double]) -> ModelAnswer.Token {
      .init(text: "x", alternatives: probabilities.map { .init(text: "x", logProbability: log($0)) })
    }
    #expect(abs(SelfCertainty.measure([token([0.25, 0.25, 0.25, 0.25])])) < 1e-12)
    // KL(uniform || p) = -sum 1/2 ln(2 p), and scaling what is listed to one changes nothing.
    let expected = -(log(2 * 0.9) + log(2 * 0.1)) / 2
    #expect(abs(SelfCertainty.measure([token([0.9, 0.1])]) - expected) < 1e-12)
    #expect(abs(SelfCertainty.measure([token([0.45, 0.05])]) - expected) < 1e-12)
    #expect(abs(SelfCertainty.measure([token([0.9, 0.1]), token([0.5, 0.5])]) - expected / 2) < 1e-12)
    #expect(SelfCertainty.measure([]).isNaN && SelfCertainty.measure([token([1])]).isNaN)
  }

  @Test func theMetaModelFindsTheWeightsThatMadeItsData() {
    var generator = SplitMix64(seed: 41)
    let truth = MetaModel(weights: [-1, 3, 1, -2, 2])
    let rows = (0..<2_000).map { _ in
      let features = MetaModel.Features(
        margin: .random(in: 0...1, using: &generator), parsed: Bool.random(using: &generator) ? 1 : 0,
        length: .random(in: 0...1, using: &generator), agreement: .random(in: 0...1, using: &generator))
      return (features: features, isRight: Double.random(in: 0...1, using: &generator) < truth.score(features))
    }
    let fitted = MetaModel.fitted(rows)
    for (found, made) in zip(fitted.weights, truth.weights) { #expect(abs(found - made) < 0.5, "\(fitted.weights)") }
    // Labels that are all alike do not break it.
    let alike = MetaModel.fitted(rows.map { ($0.features, true) })
    #expect(alike.weights.map(\.isFinite) == [true, true, true, true, true])
    #expect(MetaModel.fitted([]).weights == [0, 0, 0, 0, 0])
  }
}
