import Runtime

/// From a caption and an inventory to a legal command of verb, object and direction: `orc w;axe,key?` is answered by
/// `hit axe w`.
///
/// The caption names what is where. The rules say what to do: hit a monster with the best weapon in the inventory, open a
/// door with a key or kick it without one, take a thing, eat food when hungry. Monsters differ in difficulty: `kinds` is the
/// number of captions that can occur.
public struct CommandTask: TextTask {
  public var name: String { "command" }
  /// Captions that can occur, 2 ... 12: the difficulty.
  public let kinds: Int

  public init(kinds: Int = 12) {
    precondition((2...Self.subjects.count).contains(kinds), "2 to \(Self.subjects.count) kinds of captions")
    self.kinds = kinds
  }

  /// What a caption can name: monsters, then doors, then things to take, then hunger.
  private static let subjects = [
    "orc", "door", "gem", "hungry", "rat", "gate", "coin", "imp", "hatch", "ring", "bat", "weak",
  ]
  private static let monsters: Set<String> = ["orc", "rat", "imp", "bat"]
  private static let doors: Set<String> = ["door", "gate", "hatch"]
  private static let hunger: Set<String> = ["hungry", "weak"]
  /// From the best weapon to the worst; then what is no weapon.
  private static let weapons = ["axe", "bow", "dart"]
  private static let things = weapons + ["key", "ham", "fig"]
  private static let food = ["ham", "fig"]
  private static let directions = ["n", "e", "s", "w"]

  /// Facts: subject, direction, then the inventory's things in order.
  public func problem(_ generator: inout RandomGenerator) -> TextProblem {
    let (subject, direction) = (generator.below(kinds), generator.below(4))
    let carried = Array(Array(0..<Self.things.count).shuffled(using: &generator).prefix(2))
    return Self.problem(subject: subject, direction: direction, carried: carried)
  }

  public func problem(prompt: String) -> TextProblem? {
    let words = prompt.split { " ;,?".contains($0) }.map(String.init)
    guard words.count == 4, let subject = Self.subjects[..<kinds].firstIndex(of: words[0]),
      let direction = Self.directions.firstIndex(of: words[1]), words[2] != words[3]
    else { return nil }
    let carried = words[2...].compactMap(Self.things.firstIndex)
    guard carried.count == 2 else { return nil }
    let problem = Self.problem(subject: subject, direction: direction, carried: carried)
    return problem.prompt == prompt ? problem : nil
  }

  private static func problem(subject: Int, direction: Int, carried: [Int]) -> TextProblem {
    let names = carried.map { Self.things[$0] }
    let command = Self.command(Self.subjects[subject], Self.directions[direction], names)
    return TextProblem(
      prompt: "\(Self.subjects[subject]) \(Self.directions[direction]);\(names.joined(separator: ","))?",
      reference: command.joined(separator: " "), facts: [subject, direction] + carried)
  }

  /// Verb, object and direction that the rules ask for.
  private static func command(_ subject: String, _ direction: String, _ inventory: [String]) -> [String] {
    if monsters.contains(subject) {
      return ["hit", weapons.first(where: inventory.contains) ?? "fist", direction]
    }
    if doors.contains(subject) {
      return inventory.contains("key") ? ["open", "key", direction] : ["kick", subject, direction]
    }
    if hunger.contains(subject) { return ["eat", food.first(where: inventory.contains) ?? "none", "here"] }
    return ["take", subject, direction]
  }

  public func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String { problem.reference }

  public func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict {
    let (words, expected) = (
      answer.split(separator: " ", omittingEmptySubsequences: false), problem.reference.split(separator: " ")
    )
    guard words.count == 3, Self.isLegal(words.map(String.init)) else { return .illegal }
    let matches = zip(words, expected).count { $0 == $1 }
    return TextVerdict(isLegal: true, isRight: matches == 3, partial: Double(matches) / 3)
  }

  /// Whether verb, object and direction exist, in any combination.
  private static func isLegal(_ words: [String]) -> Bool {
    ["hit", "open", "kick", "eat", "take"].contains(words[0])
      && (things + subjects + ["fist", "none"]).contains(words[1]) && (directions + ["here"]).contains(words[2])
  }
}
