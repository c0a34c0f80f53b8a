import Runtime
import TextPolicy
import TextTasks

/// A small text policy that adds digits modulo 10, one after the other.
final class SumPolicy: HorizonStudy.Executor {
  private let policy: TextPolicy
  private let learner: SequenceLearner
  private let scorer: SequenceScorer
  private var generator: RandomGenerator

  init(seed: UInt64) throws {
    let transformer = try Transformer(TransformerOptions(width: 48, layers: 2, heads: 4))
    policy = TextPolicy(transformer, seed: seed)
    learner = SequenceLearner(policy)
    scorer = SequenceScorer(transformer)
    generator = RandomGenerator(seed: seed)
  }

  /// Learns the sums of random digits.
  /// - Parameter errorRate: share of the sums that are wrong; these are read, not learned.
  func train(updates: Int, batch: Int, rate: Float, errorRate: Float) {
    learner.learningRate = rate
    learner.warmUpUpdates = 50
    for _ in 0..<updates {
      let texts = (0..<batch).map { _ in
        let digits = (0..<HorizonStudy.turns).map { _ in generator.below(10) }
        // The last digit has no sum in a history, so there is one more.
        return Self.text(digits, HorizonStudy.history(digits + [0], errorRate: errorRate, &generator))
      }
      let sequences = SequenceBatch(texts)
      let weight = 1 / Double(max(sequences.chosenCount, 1))
      learner.update(sequences, groupSize: 1) { group, slopes in
        LikelihoodLoss.add(group, weight: weight, to: &slopes)
      }
    }
  }

  /// `d=s;` for each digit and sum. The sums count as chosen, if they are right.
  private static func text(_ digits: [Int], _ sums: [Int]) -> TokenSequence {
    var text = TokenSequence(tokens: [], promptCount: 0)
    var before = 0
    for (digit, sum) in zip(digits, sums) {
      text.append(Vocabulary.token(character(digit)), isChosen: false)
      text.append(Vocabulary.token("="), isChosen: false)
      text.append(Vocabulary.token(character(sum)), isChosen: sum == (before + digit) % 10)
      text.append(Vocabulary.token(";"), isChosen: false)
      before = sum
    }
    return text
  }

  /// - Parameter digit: 0 ... 9.
  private static func character(_ digit: Int) -> Character { Character("\(digit)") }

  func chances(_ digits: [Int]) -> [Double] {
    var generator = RandomGenerator(seed: 0)
    return chances(Self.text(digits, HorizonStudy.history(digits + [0], errorRate: 0, &generator)))
  }

  func lastChance(_ digits: [Int], history: [Int]) -> Double {
    let right = ((history.last ?? 0) + (digits.last ?? 0)) % 10
    return chances(Self.text(digits, history + [right])).last ?? .nan
  }

  /// The chance that the policy gives each sum of a text.
  private func chances(_ text: TokenSequence) -> [Double] {
    let logs = scorer.logProbabilities([text], policy: policy)[0]
    return stride(from: 2, to: text.count, by: 4).map { Double(Logistic.exp(logs[$0])) }
  }
}
