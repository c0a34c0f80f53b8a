import Environments
import Runtime

/// Row 19, ARMAP (arXiv 2502.12130): episodes are played at random, a writer says what one of them has achieved (its intent) and
/// picks an episode of the same task that has not, and a model of whole episodes learns which one fits the intent. Does it judge
/// intents that nobody named in training, and does it pick won episodes among eight?
///
/// The score of an episode is its best caption's: the words of the intent, times a matrix, times the words of the caption. The
/// matrix begins as the identity, so that equal words fit before anything is learned.
struct IntentStudy {
  private static let trainingTasks = 250
  private static let heldOutTasks = 120
  private static let repeats = 8
  private static let updates = 4000
  private static let rate: Float = 0.05

  /// What the writer says of captions. Things have other names than in the captions, so that equal words do not tell.
  private static let intents: [(caption: CaptionGridCaption, text: String)] = [
    (.seesKey, "find iron"), (.picksUpKey, "take iron"), (.seesApple, "find fruit"), (.picksUpApple, "take fruit"),
    (.seesDagger, "find blade"), (.picksUpDagger, "take blade"), (.seesScroll, "find paper"),
    (.picksUpScroll, "take paper"), (.unlocksDoor, "use iron on the gate"), (.opensDoor, "swing the gate"),
    (.takesStairs, "go down to the next level"), (.hitsWall, "bump"), (.hitsSolidStone, "bump into rock"),
    (.fallsIntoPit, "fall"), (.landsOnSpikes, "get hurt"), (.stepsOnLandMine, "explode"),
    (.goldOne, "collect money"), (.goldTwo, "collect money twice"), (.seesFountain, "find water"),
  ]
  /// Intents of which some are named in held-out episodes only: their words occur in others.
  private static let composed = 0..<8
  private static let words = WordCounts(
    CaptionWords.captions.map { caption in caption.text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
      + intents.map(\.text))
  /// How many of them.
  private static let unnamedCount = 3

  private struct Triplet {
    /// Place in `intents`.
    var intent: Int
    var better: Set<Int>
    var worse: Set<Int>
  }

  private let training: [GameGroup]
  private let heldOut: [GameGroup]
  private let unnamed: Set<Int>
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    var game = GameTasks()
    let policy = GameStart.policy(game, &generator)
    func groups(_ count: Int, _ generator: inout RandomGenerator) -> [GameGroup] {
      game.groups(game.tasks(count, &generator), repeats: Self.repeats, &generator) { policy.logProbabilities($0) }
    }
    game.slip = 0.3
    training = groups(Self.trainingTasks, &generator)
    game.slip = 0
    heldOut = groups(Self.heldOutTasks, &generator)
    unnamed = Set(Self.composed.shuffled(using: &generator).prefix(Self.unnamedCount))
  }

  mutating func measure() -> [String: Double] {
    let unnamed = unnamed
    let named = triplets(training) { !unnamed.contains($0) }
    let test = triplets(heldOut) { unnamed.contains($0) }
    let (swapped, swappedTest) = (withoutEffect(named), withoutEffect(test))
    let learned = matrix(named, isIdentity: true)
    let coin = matrix(swapped, isIdentity: false)
    let identity = matrix([], isIdentity: true)
    let win = Self.intents.firstIndex { $0.caption == .takesStairs } ?? 0
    var chance = RandomGenerator(seed: generator.next())
    return [
      "triplets": Double(named.count), "held-out triplets": Double(test.count),
      "fits, learned": Self.share(test) { Self.score(learned, $0, $1) },
      "fits, words alone": Self.share(test) { Self.score(identity, $0, $1) },
      "fits, judge": Self.share(test) { $1.contains(Self.place($0)) ? 1 : 0 },
      "fits, coin": Self.share(swappedTest) { Self.score(coin, $0, $1) },
      "wins, first": best { _ in 0 }, "wins, best of 8": best { Self.score(learned, win, $0) },
      "wins, coin's best": best { _ in chance.uniform() },
      "wins, any": Double(heldOut.count { $0.wins > 0 }) / Double(heldOut.count),
    ]
  }

  // MARK: Triplets

  /// The place of an intent's caption.
  private static func place(_ intent: Int) -> Int { CaptionWords.place(intents[intent].caption) ?? 0 }

  private static func captions(_ episode: GameEpisode) -> Set<Int> {
    Set(episode.steps.compactMap { CaptionWords.place($0.caption) })
  }

  /// What the writer makes of groups: for each episode an intent that it has met and another episode of the task has not.
  private mutating func triplets(_ groups: [GameGroup], where accepts: (Int) -> Bool) -> [Triplet] {
    groups.flatMap { group -> [Triplet] in
      let episodes = group.episodes.map(Self.captions)
      return episodes.compactMap { better in
        let met = Self.intents.indices.filter { accepts($0) && better.contains(Self.place($0)) }
        guard !met.isEmpty else { return nil }
        let intent = met[generator.below(met.count)]
        let worse = episodes.filter { !$0.contains(Self.place(intent)) && !$0.isEmpty }
        guard !worse.isEmpty else { return nil }
        return Triplet(intent: intent, better: better, worse: worse[generator.below(worse.count)])
      }
    }
  }

  /// The same triplets, of which chance swaps the two episodes.
  private mutating func withoutEffect(_ triplets: [Triplet]) -> [Triplet] {
    triplets.map { triplet in
      generator.uniform() < 0.5
        ? triplet : Triplet(intent: triplet.intent, better: triplet.worse, worse: triplet.better)
    }
  }

  // MARK: The model

  /// Row by row, [words, words].
  private typealias WordMatrix = [Float]

  private static func row(_ caption: Int) -> [Float] { words.rows[caption] }
  private static func intentRow(_ intent: Int) -> [Float] { words.rows[CaptionWords.captions.count + intent] }

  private static func fit(_ matrix: WordMatrix, _ intent: Int, _ caption: Int) -> Float {
    let (left, right) = (intentRow(intent), row(caption))
    var sum: Float = 0
    for first in left.indices where left[first] != 0 {
      for second in right.indices where right[second] != 0 {
        sum += left[first] * matrix[first * words.count + second] * right[second]
      }
    }
    return sum / (right.reduce(0, +) * left.reduce(0, +)).squareRoot()
  }

  /// The caption of an episode that fits an intent best; nil for an episode without captions.
  private static func bestCaption(_ matrix: WordMatrix, _ intent: Int, _ captions: Set<Int>) -> (Int, Float)? {
    captions.sorted().map { ($0, fit(matrix, intent, $0)) }.max { $0.1 < $1.1 }
  }

  private static func score(_ matrix: WordMatrix, _ intent: Int, _ captions: Set<Int>) -> Float {
    bestCaption(matrix, intent, captions)?.1 ?? -1
  }

  private mutating func matrix(_ triplets: [Triplet], isIdentity: Bool) -> WordMatrix {
    let count = Self.words.count
    var matrix = WordMatrix(repeating: 0, count: count * count)
    if isIdentity { for word in 0..<count { matrix[word * count + word] = 1 } }
    guard !triplets.isEmpty else { return matrix }
    for _ in 0..<Self.updates {
      let triplet = triplets[generator.below(triplets.count)]
      guard let better = Self.bestCaption(matrix, triplet.intent, triplet.better),
        let worse = Self.bestCaption(matrix, triplet.intent, triplet.worse)
      else { continue }
      let slope = Self.rate * Logistic.sigmoid(worse.1 - better.1)
      for (caption, sign) in [(better.0, Float(1)), (worse.0, -1)] {
        let (left, right) = (Self.intentRow(triplet.intent), Self.row(caption))
        let size = (right.reduce(0, +) * left.reduce(0, +)).squareRoot()
        for first in 0..<count where left[first] != 0 {
          for second in 0..<count where right[second] != 0 {
            matrix[first * count + second] += sign * slope * left[first] * right[second] / size
          }
        }
      }
    }
    return matrix
  }

  // MARK: Judging

  /// Share of the triplets whose better episode has the larger score; ties count half.
  private static func share(_ triplets: [Triplet], _ score: (Int, Set<Int>) -> Float) -> Double {
    guard !triplets.isEmpty else { return .nan }
    let right = triplets.reduce(0.0) { sum, triplet in
      let (better, worse) = (score(triplet.intent, triplet.better), score(triplet.intent, triplet.worse))
      return sum + (better > worse ? 1 : better == worse ? 0.5 : 0)
    }
    return right / Double(triplets.count)
  }

  /// Share of the held-out tasks that the episode with the largest score wins.
  private func best(_ score: (Set<Int>) -> Float) -> Double {
    let won = heldOut.count { group in
      let scores = group.episodes.map { score(Self.captions($0)) }
      let best = scores.indices.max { scores[$0] < scores[$1] || (scores[$0] == scores[$1] && $0 > $1) }
      return best.map { group.episodes[$0].hasWon } ?? false
    }
    return Double(won) / Double(heldOut.count)
  }
}

extension Study {
  static let intents = Study(
    "intents", "a model of whole episodes from intents that a writer names (row 19)", seeds: 60,
    requirements: [
      StudyRequirement(
        "19", "held-out episodes with intents that nobody named: the right one has the larger score", "fits, learned",
        .atLeast(0.8)),
      StudyRequirement(
        "19", "learning adds to equal words", "fits, learned", minus: "fits, words alone", .atLeast(0.05)),
      StudyRequirement(
        "19", "the best of eight episodes wins more often than the first", "wins, best of 8", minus: "wins, first",
        .atLeast(0.1)),
      StudyRequirement(
        StudyRequirement.control, "a judge that reads the intent's caption is always right", "fits, judge",
        .atLeast(0.99)),
      StudyRequirement(
        StudyRequirement.control, "triplets that chance has swapped are not told apart", "fits, coin", .atMost(0.55)),
      StudyRequirement(
        StudyRequirement.control, "an episode that a coin picks wins no more often", "wins, coin's best",
        minus: "wins, first", .atMost(0.05)),
    ]
  ) { seed in
    var study = IntentStudy(seed: seed)
    return study.measure()
  }
}
