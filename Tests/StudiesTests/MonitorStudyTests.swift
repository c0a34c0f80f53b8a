import Environments
import Foundation
import Runtime
import Testing

@testable import Studies

@Suite struct MonitorStudyTests {
  // MARK: Row 68

  @Test func theLengthOfHalfSuccess() {
    for chance in [0.5, 0.8, 0.93, 0.99] {
      let chains = (1...14).map { Foundation.pow(chance, Double($0)) }
      let expected = Foundation.log(0.5) / Foundation.log(chance)
      #expect(abs(HorizonStudy.halfLength(chains) - expected) < 1e-9, "\(chance)")
    }
    #expect(HorizonStudy.halfLength([0.4]) < 1)
  }

  @Test func histories() {
    var generator = RandomGenerator(seed: 1)
    let digits = [4, 7, 5, 0]
    #expect(HorizonStudy.history(digits, errorRate: 0, &generator) == [4, 1, 6])
    for _ in 0..<20 {
      let wrong = HorizonStudy.history(digits, errorRate: 1, &generator)
      // Every sum is wrong, and the next one follows from it.
      #expect(wrong[0] != 4 && wrong[1] != (wrong[0] + 7) % 10 && wrong[2] != (wrong[1] + 5) % 10)
    }
  }

  @Test func executorsWithKnownErrors() {
    let independent = HorizonStudy.measure(HorizonStudy.Planted(chance: 0.9), seed: 1)
    #expect(abs((independent["drop"] ?? 1)) < 1e-9 && abs((independent["accuracy"] ?? 0) - 0.9) < 1e-9)
    #expect(abs((independent["half-length"] ?? 0) - 6.5788) < 1e-3)
    let conditioned = HorizonStudy.measure(HorizonStudy.Planted(chance: 0.9, conditioning: 0.4), seed: 1)
    #expect(abs((conditioned["drop"] ?? 0) - 0.2) < 0.02)
  }

  @Test func aPolicyLearnsSums() throws {
    let policy = try SumPolicy(seed: 1)
    let digits = [3, 4, 9, 1, 0, 2, 2, 8, 7, 6, 5, 1, 3, 9]
    let before = policy.chances(digits)
    #expect(before.count == HorizonStudy.turns && before.reduce(0, +) < 2)
    policy.train(updates: 120, batch: 16, rate: 3e-3, errorRate: 0)
    #expect(policy.chances(digits).reduce(0, +) > before.reduce(0, +) + 0.5)
    // The chance of the last turn after its own right history is the same number.
    var generator = RandomGenerator(seed: 1)
    let history = HorizonStudy.history(digits, errorRate: 0, &generator)
    #expect(abs(policy.lastChance(digits, history: history) - (policy.chances(digits).last ?? 0)) < 1e-6)
  }

  // MARK: Row 47

  @Test func patternsPayEachCaptionOnce() {
    func episode(_ captions: [CaptionGridCaption]) -> GameEpisode {
      GameEpisode(
        steps: captions.map { GameStep(features: [], action: 0, caption: $0, old: [], isGood: false) })
    }
    #expect(NoiseStudy.pattern(episode([.none, .hitsWall])) == 0)
    #expect(abs(NoiseStudy.pattern(episode([.seesKey, .seesKey, .picksUpKey])) - 1.0 / 6) < 1e-6)
    let all = CaptionGridCaption.allCases.filter(\.isProgress)
    #expect(NoiseStudy.pattern(episode(all)) == 0.5)
  }
}
