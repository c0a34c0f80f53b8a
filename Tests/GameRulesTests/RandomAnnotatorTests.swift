import Captions
import Testing

@testable import GameRules

struct RandomAnnotatorTests {
  private let captions = (0..<4_000).map { bytes("caption \($0)") }

  private func labels(seed: UInt64) -> [Verdict] { captions.map(RandomAnnotator(seed: seed).annotate) }

  @Test func isAFairCoin() {
    for seed in 0..<4 as Range<UInt64> {
      let helpful = labels(seed: seed).count { $0 == .label(1) }
      // Five standard deviations of a binomial count.
      #expect(abs(Double(helpful) - 2_000) <= 5 * 1_000.0.squareRoot())
      #expect(labels(seed: seed).count { $0 == .label(0) } == 4_000 - helpful)
    }
  }

  /// The control for labels of which few are ones must not pay for more captions than they do.
  @Test func helpsAsOftenAsItIsTold() {
    for share in [0, 0.18, 1] {
      let annotator = RandomAnnotator(seed: 3, helpfulShare: share)
      let helpful = Double(captions.count { annotator.annotate($0) == .label(1) })
      #expect(abs(helpful - 4_000 * share) <= 5 * (4_000 * share * (1 - share)).squareRoot())
    }
    #expect(RandomAnnotator(seed: 3, helpfulShare: 0.18).version != RandomAnnotator(seed: 3).version)
  }

  @Test func saysTheSameOfTheSameCaptionAndIndependentlyWithAnotherSeed() {
    #expect(labels(seed: 3) == labels(seed: 3))
    let same = zip(labels(seed: 3), labels(seed: 4)).count { $0 == $1 }
    #expect(abs(Double(same) - 2_000) <= 5 * 1_000.0.squareRoot())
    #expect(RandomAnnotator(seed: 3).version != RandomAnnotator(seed: 4).version)
  }
}
