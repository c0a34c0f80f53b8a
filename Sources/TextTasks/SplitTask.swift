import Runtime

/// One side of a task's questions: those that training asks, or those that it never asks, for evaluations. The text of a
/// question alone decides which side it is on.
public struct SplitTask: TextTask {
  public enum Side: Sendable {
    case training, heldOut
  }

  /// Questions that show whether a side has enough of them.
  private static let tried = 4096
  /// Questions drawn for one of a side, at most. A side has at least a hundredth of them, so that drawing as many from the
  /// other side has no probability to speak of.
  private static let maximumDraws = 100_000

  private let whole: any TextTask
  private let share: Double
  public let side: Side

  /// - Parameters:
  ///   - share: of the questions that are held out, about.
  /// - Returns: nil if less than a hundredth of the questions are on one of the sides: the task has too few.
  public init?(_ whole: any TextTask, holdingOut share: Double, side: Side) {
    self.whole = whole
    self.share = share
    self.side = side
    var generator = RandomGenerator(seed: 1)
    let heldOut = (0..<Self.tried).count { _ in
      Self.isHeldOut(whole.problem(&generator).prompt, share: share)
    }
    guard heldOut * 100 >= Self.tried, (Self.tried - heldOut) * 100 >= Self.tried else { return nil }
  }

  /// Whether a question is held out at this share. One that is stays so at every higher share.
  static func isHeldOut(_ prompt: String, share: Double) -> Bool {
    // The bits of the digest alone depend too much on the text to be random.
    var mixed = SplitMix64(seed: ByteHash.fnv1a(prompt.utf8) ^ 0x5E1D_0071)
    return Double(mixed.next() >> 11) * 0x1p-53 < share
  }

  private func has(_ prompt: String) -> Bool { Self.isHeldOut(prompt, share: share) == (side == .heldOut) }

  public var name: String { whole.name }
  public var pause: Character? { whole.pause }

  public func problem(_ generator: inout RandomGenerator) -> TextProblem {
    for _ in 0..<Self.maximumDraws {
      let problem = whole.problem(&generator)
      if has(problem.prompt) { return problem }
    }
    preconditionFailure("the initialiser has seen that at least a hundredth of the questions are on this side")
  }

  public func problem(prompt: String) -> TextProblem? { has(prompt) ? whole.problem(prompt: prompt) : nil }

  public func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String {
    whole.solution(problem, &generator)
  }

  public func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict { whole.verdict(problem, answer) }

  public func reply(_ problem: TextProblem, _ text: String) -> String? { whole.reply(problem, text) }
}
