import Runtime

/// Arithmetic modulo 10, step by step: `a=3;b=a+4;c=b*2?` is answered by `b7c4=4`.
///
/// Each variable follows from the one before. An answer names variables with their values, in any number, and ends with `=`
/// and the value of the last one. Only the last value decides whether it is right; steps are judged by `steps`. The mark `!`
/// takes back the step before it.
public struct ChainTask: TextTask {
  /// Number of operations in a question, 1 ... 6: the difficulty.
  public let operations: ClosedRange<Int>
  /// Whether variables have random letters, instead of a, b, c.
  public let renames: Bool

  public var name: String { "chain" }

  public init(operations: ClosedRange<Int>, renames: Bool = false) {
    precondition(operations.lowerBound >= 1 && operations.upperBound <= 6, "a chain has 1 to 6 operations")
    self.operations = operations
    self.renames = renames
  }

  private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
  private static let signs: [Character] = ["+", "-", "*"]

  /// Facts: first letter offset table is `letters`; then the first value, then a sign and a digit for each operation.
  public func problem(_ generator: inout RandomGenerator) -> TextProblem {
    let count = operations.lowerBound + generator.below(operations.count)
    var names = Array(0..<Self.letters.count)
    if renames { names.shuffle(using: &generator) }
    var facts = Array(names[0...count]) + [generator.below(10)]
    for _ in 0..<count { facts += [generator.below(Self.signs.count), generator.below(10)] }
    return Self.problem(facts: facts, operations: count)
  }

  /// The question with these facts: letters of the variables, the first value, then sign and digit of each operation.
  static func problem(facts: [Int], operations count: Int) -> TextProblem {
    let names = facts[0...count].map { letters[$0] }
    var prompt = "\(names[0])=\(facts[count + 1])"
    for step in 0..<count {
      let (sign, digit) = (facts[count + 2 + 2 * step], facts[count + 3 + 2 * step])
      prompt += ";\(names[step + 1])=\(names[step])\(signs[sign])\(digit)"
    }
    let values = values(facts)
    return TextProblem(prompt: prompt + "?", reference: "\(values[count])", facts: facts)
  }

  public func problem(prompt: String) -> TextProblem? {
    let parts = prompt.dropLast().split(separator: ";", omittingEmptySubsequences: false).map(Array.init)
    guard prompt.last == "?", operations.contains(parts.count - 1) else { return nil }
    var (names, values): ([Int], [Int]) = ([], [])
    for (index, part) in parts.enumerated() {
      guard part.count == (index == 0 ? 3 : 5), part[1] == "=", let name = Self.letters.firstIndex(of: part[0]),
        let digit = part[part.count - 1].wholeNumberValue, !names.contains(name)
      else { return nil }
      if index > 0 {
        guard part[2] == Self.letters[names[index - 1]], let sign = Self.signs.firstIndex(of: part[3]) else {
          return nil
        }
        values.append(sign)
      }
      names.append(name)
      values.append(digit)
    }
    let problem = Self.problem(facts: names + values, operations: parts.count - 1)
    // Other characters can be numbers too.
    return problem.prompt == prompt ? problem : nil
  }

  private static func count(_ facts: [Int]) -> Int { (facts.count - 2) / 3 }

  /// The values of all variables, the given one first.
  static func values(_ facts: [Int]) -> [Int] {
    let count = count(facts)
    var values = [facts[count + 1]]
    for step in 0..<count {
      let (left, right) = (values[step], facts[count + 3 + 2 * step])
      let result =
        switch facts[count + 2 + 2 * step] {
        case 0: left + right
        case 1: left - right + 10
        default: left * right
        }
      values.append(result % 10)
    }
    return values
  }

  public func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String {
    let count = Self.count(problem.facts)
    let values = Self.values(problem.facts)
    let steps = (1...count).map { "\(Self.letters[problem.facts[$0]])\(values[$0])" }
    return steps.joined() + "=\(values[count])"
  }

  public func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict {
    guard let parsed = Self.parse(answer) else { return .illegal }
    let isRight = parsed.result == Self.values(problem.facts).last
    let steps = steps(problem, answer)
    let right = steps.count { $0 } + (isRight ? 1 : 0)
    return TextVerdict(
      isLegal: true, isRight: isRight, partial: isRight ? 1 : Double(right) / Double(steps.count + 2))
  }

  /// Whether each step of an answer is right, in order: a variable's value follows from the value before it in the answer.
  /// So a step after a wrong one can be right.
  public func steps(_ problem: TextProblem, _ answer: String) -> [Bool] {
    guard let parsed = Self.parse(answer) else { return [] }
    let (facts, count) = (problem.facts, Self.count(problem.facts))
    var known: [Int: Int] = [facts[0]: facts[count + 1]]
    return parsed.steps.map { step in
      guard let position = (1...count).first(where: { facts[$0] == step.name }),
        let before = known[facts[position - 1]]
      else { return false }
      known[step.name] = step.value
      let single =
        [facts[position - 1], step.name, before] + facts[(count + 2 * position)...(count + 2 * position + 1)]
      return Self.values(single).last == step.value
    }
  }

  /// Steps and result of an answer of the form `(letter digit !?)* = digit`, without the steps that were taken back; nil for
  /// another form.
  static func parse(_ answer: String) -> (steps: [(name: Int, value: Int)], result: Int)? {
    let characters = Array(answer)
    guard characters.count >= 2, characters[characters.count - 2] == "=",
      let result = characters[characters.count - 1].wholeNumberValue
    else { return nil }
    var steps: [(name: Int, value: Int)] = []
    var position = 0
    var canTakeBack = false
    while position < characters.count - 2 {
      if characters[position] == takeBack, canTakeBack {
        steps.removeLast()
        (position, canTakeBack) = (position + 1, false)
        continue
      }
      guard position + 1 < characters.count - 2, let name = letters.firstIndex(of: characters[position]),
        let value = characters[position + 1].wholeNumberValue
      else { return nil }
      steps.append((name, value))
      (position, canTakeBack) = (position + 2, true)
    }
    return (steps, result)
  }

  /// The mark that takes back the step before it.
  public static let takeBack: Character = "!"

  /// A right answer in which the value of one step is wrong by `shift`, 1 ... 9, and everything after it follows from the
  /// wrong value.
  /// - Parameter step: 0 for the first one.
  public func solution(_ problem: TextProblem, wrongStep step: Int, shift: Int) -> String {
    let count = Self.count(problem.facts)
    var facts = problem.facts
    let values = Self.values(facts)
    let wrong = (values[step + 1] + shift) % 10
    // The rest of the chain, from the wrong value on.
    facts = Array(facts[(step + 1)...count]) + [wrong] + facts[(count + 4 + 2 * step)...]
    let all = values[...step] + Self.values(facts)
    let steps = (1...count).map { "\(Self.letters[problem.facts[$0]])\(all[$0])" }
    return steps.joined() + "=\(all[count])"
  }

  /// The text of one step: the variable, 0 for the first computed one, and a value.
  public static func step(_ problem: TextProblem, _ step: Int, value: Int) -> String {
    "\(letters[problem.facts[step + 1]])\(value)"
  }

  /// The right values of all computed variables.
  public static func results(_ problem: TextProblem) -> [Int] { Array(values(problem.facts).dropFirst()) }
}
