import Runtime

/// A simulated user with a hidden need, in three turns (RLVER, Wang et al. 2025): the policy says one word a turn, the user
/// answers with its mood, 0 to 9, which follows from what was said, exactly and always in the same way.
///
/// The prompt names the topic. The word `sorry` lifts a bad mood and annoys a calm user; naming the topic lifts the mood only
/// of a calm user; anything else lowers it. The reward is the last mood.
public struct UserTask: TextTask {
  public var name: String { "user" }
  /// How much the user dislikes wrong words, 1 ... 3: the difficulty.
  public let sensitivity: Int

  static let topics = ["work", "home", "cash", "food"]
  private static let words = ["sorry", "work", "home", "cash", "food", "bye"]
  private static let turns = 3
  private static let calmMood = 5

  public init(sensitivity: Int = 2) {
    precondition((1...3).contains(sensitivity), "a sensitivity of 1 to 3")
    self.sensitivity = sensitivity
  }

  /// Facts: the topic, the first mood.
  public func problem(_ generator: inout RandomGenerator) -> TextProblem {
    let (topic, mood) = (generator.below(Self.topics.count), 1 + generator.below(4))
    return TextProblem(prompt: "\(Self.topics[topic]) \(mood)?", reference: "", facts: [topic, mood])
  }

  public func problem(prompt: String) -> TextProblem? {
    let parts = prompt.dropLast().split(separator: " ", omittingEmptySubsequences: false)
    guard prompt.last == "?", parts.count == 2, let topic = Self.topics.firstIndex(of: String(parts[0])),
      let mood = (1...4).first(where: { "\($0)" == parts[1] })
    else { return nil }
    return TextProblem(prompt: prompt, reference: "", facts: [topic, mood])
  }

  /// The mood after each of the words that the policy said so far.
  private func moods(_ problem: TextProblem, _ words: [String]) -> [Int] {
    var mood = problem.facts[1]
    return words.map { word in
      if word == "sorry" {
        mood += mood < Self.calmMood ? 3 : -sensitivity
      } else if word == Self.topics[problem.facts[0]] {
        mood += mood >= Self.calmMood ? 3 : -1
      } else {
        mood -= sensitivity
      }
      mood = min(max(mood, 0), 9)
      return mood
    }
  }

  /// The words of the policy: what ends with the end character, without the digit of the mood before it.
  private func words(_ text: String) -> [String] {
    text.split(separator: Vocabulary.end, omittingEmptySubsequences: false).enumerated().map { index, part in
      String(index > 0 ? part.dropFirst() : part)
    }
  }

  /// Says a word that a clumsy helper would say: comfort or the topic, at random, and now and then another topic.
  public func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String {
    var said: [String] = []
    for _ in 0..<Self.turns {
      let number = generator.below(10)
      said.append(
        number < 4
          ? "sorry" : number < 8 ? Self.topics[problem.facts[0]] : Self.words[generator.below(Self.words.count)])
    }
    let moods = moods(problem, said)
    return (0..<Self.turns).map { $0 == 0 ? said[0] : "\(Vocabulary.end)\(moods[$0 - 1])\(said[$0])" }.joined()
  }

  /// `partial` is the last mood / 9.
  public func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict {
    let words = words(answer)
    guard words.count == Self.turns, words.allSatisfy(Self.words.contains), let mood = moods(problem, words).last
    else { return .illegal }
    return TextVerdict(isLegal: true, isRight: mood >= 8, partial: Double(mood) / 9)
  }

  public func reply(_ problem: TextProblem, _ text: String) -> String? {
    let words = words(String(text.dropLast()))
    guard words.count < Self.turns, let mood = moods(problem, words).last else { return nil }
    return "\(mood)"
  }
}
