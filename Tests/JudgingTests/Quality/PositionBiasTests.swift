import Captions
import Runtime
import Testing

@testable import Judging

struct PositionBiasTests {
  typealias Trial = PositionBias.Trial

  @Test func aJudgeThatAlwaysSaysFirst() {
    let bias = PositionBias(
      [true, false, true, true].map { Trial(isFirstBetter: $0, forward: .first, backward: .first) })
    #expect(bias.first == 1)
    #expect(bias.consistency == 0)
    #expect(bias.accuracy == 0.5)
    #expect(bias.consistentAccuracy == nil)
  }

  @Test func aJudgeThatIsAlwaysRight() {
    let bias = PositionBias(
      [true, false, true, false].map {
        Trial(isFirstBetter: $0, forward: $0 ? .first : .second, backward: $0 ? .second : .first)
      })
    #expect(bias.first == 0.5)
    #expect(bias.consistency == 1)
    #expect(bias.accuracy == 1)
    #expect(bias.consistentAccuracy == 1)
  }

  @Test func aJudgeThatNeverDecides() {
    let bias = PositionBias([Trial(isFirstBetter: true, forward: .tie, backward: .tie)])
    #expect(bias.first == nil)
    #expect(bias.consistency == 1)
    #expect(bias.accuracy == 0.5)
    #expect(bias.consistentAccuracy == nil)
    let silent = PositionBias([Trial(isFirstBetter: true, forward: .abstain, backward: .second)])
    #expect(silent.abstention == 0.5)
    #expect(silent.consistency == nil)
    #expect(silent.accuracy == 1)
    #expect(PositionBias([]).abstention == nil)
  }

  /// Question by question, as one would count by hand.
  @Test func agreesWithCounting() {
    var generator = SplitMix64(seed: 8)
    let choices: [PairVerdict] = PairVerdict.allCases
    for _ in 0..<50 {
      let trials = (0..<12).map { _ in
        Trial(
          isFirstBetter: .random(using: &generator), forward: choices.randomElement(using: &generator) ?? .abstain,
          backward: choices.randomElement(using: &generator) ?? .abstain)
      }
      var first = 0.0
      var named = 0.0
      var points = 0.0
      var answers = 0.0
      var both = 0.0
      var same = 0.0
      for trial in trials {
        for (choice, right) in [
          (trial.forward, trial.isFirstBetter ? PairVerdict.first : .second),
          (trial.backward, trial.isFirstBetter ? .second : .first),
        ] {
          if choice == .abstain { continue }
          answers += 1
          if choice == .tie {
            points += 0.5
          } else {
            named += 1
            if choice == .first { first += 1 }
            if choice == right { points += 1 }
          }
        }
        let (forward, backward) = (trial.forward, trial.backward)
        if forward == .abstain || backward == .abstain { continue }
        both += 1
        if (forward == .tie) == (backward == .tie), forward == .tie || forward != backward { same += 1 }
      }
      let bias = PositionBias(trials)
      #expect(isNear(bias.first, named > 0 ? first / named : nil))
      #expect(isNear(bias.accuracy, answers > 0 ? points / answers : nil))
      #expect(isNear(bias.consistency, both > 0 ? same / both : nil))
      #expect(isNear(bias.abstention, 1 - answers / 24))
    }
  }

  @Test func pairsAreDrawnOnceAndInBothOrders() {
    var generator = SplitMix64(seed: 9)
    let messages = (0..<30).map { LabelledMessage("message \($0)", isProgress: $0 % 3 == 0) }
    let pairs = MessagePair.draw(120, from: messages, using: &generator)
    #expect(pairs.count == 120)
    #expect(pairs.allSatisfy { $0.first.isProgress != $0.second.isProgress })
    #expect(Set(pairs.map { Set([$0.first, $0.second]) }).count == 120)
    // 60 expected, with a standard deviation of 5.5.
    #expect((38...82).contains(pairs.count { $0.first.isProgress }))
    #expect(MessagePair.draw(1000, from: messages, using: &generator).count == 200)
    #expect(MessagePair.draw(5, from: Array(messages[1...2]), using: &generator).isEmpty)
    #expect(MessagePair.draw(0, from: messages, using: &generator).isEmpty)
  }
}
