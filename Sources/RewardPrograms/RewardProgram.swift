import Runtime
import Trajectories

/// A reward written as a small program: named values, the last of which is called `reward`.
///
///     let kill = contains(caption, "you kill", "you destroy")
///     let deeper = after.depth > before.depth
///     reward = 0.3 * kill / occurrences + deeper
///
/// Blocks of Python are choices between values (`ProgramBlocks`).
/// A program has no loops, no input or output and at most 256 operations, so it always ends, in the same time for each step.
/// Truths count as 1 and 0. A division by zero is no number, and a step whose reward is no number has no score.
public struct RewardProgram: Sendable {
  /// The text.
  public let text: String
  /// What captions are compared with; at most `ProgramLimits.literals`.
  let literals: [[UInt8]]
  /// Literals that are counted over an episode, ascending.
  let counted: [Int]
  private let codes: [ProgramCode]
  /// The code whose value is the reward.
  private let rewardPlace: Int
  let stackSize: Int

  /// - Throws: `ProgramError` that names the line.
  public init(_ text: String, _ schema: ProgramSchema) throws(ProgramError) {
    let statements = try ProgramParser.statements(of: text)
    var compiler = ProgramCompiler(schema)
    var codes: [ProgramCode] = []
    for statement in statements { codes.append(try compiler.compile(statement)) }
    self.text = text
    self.codes = codes
    guard let place = compiler.place(of: "reward") else { throw ProgramError("there is no line reward = ...") }
    rewardPlace = place
    literals = compiler.literals
    counted = compiler.counted.sorted()
    stackSize = codes.map(\.stackSize).max() ?? 0
  }

  /// Digest of the text, for versions.
  public var digest: UInt64 { ByteHash.fnv1a(Array(text.utf8)) }

  /// Numbers that `value` needs as memory.
  var scratchCount: Int { codes.count + stackSize }

  /// The reward of a step, cut to ±1; NaN if it is no number.
  /// - Parameter scratch: `scratchCount` numbers.
  func value(
    _ step: ProgramCode.Step, met: (Int) -> Float, scratch: UnsafeMutablePointer<Float>
  ) -> Float {
    let stack = scratch + codes.count
    for (index, code) in codes.enumerated() {
      scratch[index] = code.evaluate(step, values: scratch, met: met, literals: literals, stack: stack)
    }
    let reward = scratch[rewardPlace]
    guard reward.isFinite else { return .nan }
    return min(max(reward, -ProgramLimits.reward), ProgramLimits.reward)
  }

  /// What is known of a caption's text without a step.
  func facts(of caption: [UInt8]) -> (contains: UInt64, begins: UInt64, number: Float) {
    var (contains, begins) = (UInt64(0), UInt64(0))
    for (index, literal) in literals.enumerated() {
      if ProgramText.contains(caption, literal, isPrefix: false) { contains |= 1 << index }
      if ProgramText.contains(caption, literal, isPrefix: true) { begins |= 1 << index }
    }
    return (contains, begins, ProgramText.number(caption))
  }
}
