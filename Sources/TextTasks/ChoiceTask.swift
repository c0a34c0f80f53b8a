import Runtime

/// One of three moves, with a judge that prefers them in a circle: rock, paper, scissors with unequal weights.
///
/// No answer is right. `preference` says how often one move is preferred to another; `equilibrium` is the mixed strategy that
/// no other one beats.
public struct ChoiceTask: TextTask {
  public var name: String { "choice" }
  public static let moves: [Character] = ["r", "p", "s"]
  /// How far a preference is from 1/2, for the pairs paper-rock, scissors-paper and rock-scissors.
  public static let margins = [0.4, 0.2, 0.3]

  public init() {}

  public func problem(_ generator: inout RandomGenerator) -> TextProblem {
    TextProblem(prompt: "\(generator.below(10))?", reference: "", facts: [])
  }

  public func problem(prompt: String) -> TextProblem? {
    (0..<10).contains { prompt == "\($0)?" } ? TextProblem(prompt: prompt, reference: "", facts: []) : nil
  }

  /// Demonstrations prefer rock: the start is far from the equilibrium.
  public func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String {
    let number = generator.uniform()
    return String(Self.moves[number < 0.6 ? 0 : number < 0.8 ? 1 : 2])
  }

  public func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict {
    Self.move(answer) == nil ? .illegal : TextVerdict(isLegal: true, isRight: false)
  }

  /// The number of an answer's move; nil for an illegal answer.
  public static func move(_ answer: String) -> Int? {
    answer.count == 1 ? answer.first.flatMap(moves.firstIndex) : nil
  }

  /// P(first > second) for two moves; an illegal answer loses against each legal one.
  public static func preference(_ first: Int?, _ second: Int?) -> Double {
    guard let first, let second else { return first == nil ? (second == nil ? 0.5 : 0) : 1 }
    switch (first - second + 3) % 3 {
    case 1: return 0.5 + margins[second]
    case 2: return 0.5 - margins[first]
    default: return 0.5
    }
  }

  /// The strategy against which all moves win half of the time: shares in proportion to the margin of the pair that does not
  /// contain the move.
  public static let equilibrium: [Double] = {
    let opposite = [margins[1], margins[2], margins[0]]
    let total = opposite.reduce(0, +)
    return opposite.map { $0 / total }
  }()
}
