import Runtime

/// Facts about a family, half of which only a table knows: `pp q?` asks for the parent of the parent of q and is answered by
/// `SqIrSrIt=t`: a search for the parent of q, what is known, a search for the parent of that, and at last the answer.
///
/// A legal answer searches for what it found, and answers with it. What follows `I` is the policy's own belief while it trains. With `usesTable` the world answers instead, so that beliefs
/// are replaced by facts.
public struct LookupTask: TextTask {
  public var name: String { "lookup" }
  /// Generations that a question goes back, 1 ... 3: the difficulty.
  public let generations: Int
  /// Whether the world answers the searches.
  public let usesTable: Bool
  /// The persons that questions begin with.
  private let known: Range<Int>

  public static let persons = 26
  private static let letters = Array("abcdefghijklmnopqrstuvwxyz")

  /// - Parameters:
  ///   - known: persons that questions may begin with; demonstrations of half of them leave the rest to the table.
  public init(generations: Int = 2, usesTable: Bool = false, known: Range<Int> = 0..<LookupTask.persons) {
    precondition((1...3).contains(generations), "1 to 3 generations")
    precondition(!known.isEmpty && known.lowerBound >= 0 && known.upperBound <= Self.persons, "persons are 0 ..< 26")
    self.generations = generations
    self.usesTable = usesTable
    self.known = known
  }

  /// The parent of a person: one cycle through all persons, so that each has one parent and one child.
  static func parent(of person: Int) -> Int { (person * 5 + 7) % persons }

  /// Facts: the person, then its ancestors.
  public func problem(_ generator: inout RandomGenerator) -> TextProblem {
    problem(of: known.lowerBound + generator.below(known.count))
  }

  public func problem(prompt: String) -> TextProblem? {
    guard let letter = prompt.dropLast().last, let person = Self.letters.firstIndex(of: letter), known.contains(person)
    else { return nil }
    let problem = problem(of: person)
    return problem.prompt == prompt ? problem : nil
  }

  private func problem(of person: Int) -> TextProblem {
    var facts = [person]
    for _ in 0..<generations { facts.append(Self.parent(of: facts[facts.count - 1])) }
    return TextProblem(
      prompt: String(repeating: "p", count: generations) + " \(Self.letters[facts[0]])?",
      reference: String(Self.letters[facts[generations]]), facts: facts)
  }

  public func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String {
    let steps = (0..<generations).map { "S\(Self.letters[problem.facts[$0]])I\(Self.letters[problem.facts[$0 + 1]])" }
    return steps.joined() + "=\(problem.reference)"
  }

  public var pause: Character? { usesTable ? "I" : nil }

  public func reply(_ problem: TextProblem, _ text: String) -> String? {
    guard usesTable, text.last == "I", let asked = text.dropLast().last,
      let person = Self.letters.firstIndex(of: asked)
    else { return nil }
    return String(Self.letters[Self.parent(of: person)])
  }

  public func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict {
    let parts = Array(answer)
    guard parts.count == 4 * generations + 2, parts[parts.count - 2] == "=" else { return .illegal }
    // Each search asks for what the one before found, and the answer is what the last one found.
    var person = Self.letters[problem.facts[0]]
    for step in 0..<generations {
      guard parts[4 * step] == "S", parts[4 * step + 1] == person, parts[4 * step + 2] == "I" else { return .illegal }
      person = parts[4 * step + 3]
    }
    guard parts[parts.count - 1] == person else { return .illegal }
    return TextVerdict(isLegal: true, isRight: String(parts[parts.count - 1]) == problem.reference)
  }
}
