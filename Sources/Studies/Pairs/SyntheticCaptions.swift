import Captions
import IntrinsicReward
import Runtime
import Tensor

/// Captions from a small grammar whose helpfulness is known, and answers about them with a given rate of errors: test data
/// for methods that have to tolerate wrong labels.
package struct SyntheticCaptions {
  private static let verbs = [
    "kill", "hit", "unlock", "descend to", "miss", "see", "hear", "smell", "bump into", "pass", "touch", "call",
  ]
  private static let helpfulVerbs = 4
  private static let nouns = [
    "newt", "jackal", "door", "rat", "gnome", "kobold", "bat", "lichen", "fountain", "altar", "wall", "boulder",
    "chest",
    "statue", "hill orc", "dwarf", "stairs", "throne", "sink", "grave",
  ]
  private static let endings = ["!", ".", " again.", " at last!", " in the dark."]

  package let captions: [NewCaption]
  /// Whether each element of `captions` is helpful.
  package let isHelpful: [Bool]
  private var generator: RandomGenerator

  /// `count` captions (at most 1200) with ids from 1, shuffled by `seed`.
  package init(count: Int, seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    var all: [(text: String, isHelpful: Bool)] = []
    for (place, verb) in Self.verbs.enumerated() {
      for noun in Self.nouns {
        for ending in Self.endings { all.append(("You \(verb) the \(noun)\(ending)", place < Self.helpfulVerbs)) }
      }
    }
    all.shuffle(using: &generator)
    captions = all.prefix(count).enumerated().map { NewCaption(id: UInt32($0 + 1), bytes: Array($1.text.utf8)) }
    isHelpful = all.prefix(count).map(\.isHelpful)
  }

  /// Pairs of a helpful and an unhelpful caption among the first `captions`, each answered wrongly with probability
  /// `flipRate`.
  package mutating func preferences(_ count: Int, among captions: Int, flipRate: Float) -> [CaptionPreference] {
    var preferences: [CaptionPreference] = []
    while preferences.count < count {
      let (a, b) = (generator.below(captions), generator.below(captions))
      guard isHelpful[a] != isHelpful[b] else { continue }
      let isRight = generator.uniform() >= flipRate
      preferences.append(
        CaptionPreference(first: UInt32(a + 1), second: UInt32(b + 1), target: isHelpful[a] == isRight ? 1 : 0))
    }
    return preferences
  }

  /// Whether an answer agrees with the truth.
  package func isRight(_ preference: CaptionPreference) -> Bool {
    isHelpful[Int(preference.first) - 1] == (preference.target > 0.5)
  }

  /// Share of the pairs of a helpful and an unhelpful caption in `range` that `scores` rank correctly; ties count half.
  package func accuracy(_ scores: [Float], in range: Range<Int>) -> Double {
    var (right, pairs) = (0.0, 0.0)
    for a in range where isHelpful[a] {
      for b in range where !isHelpful[b] {
        pairs += 1
        right += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0
      }
    }
    return right / pairs
  }
}
