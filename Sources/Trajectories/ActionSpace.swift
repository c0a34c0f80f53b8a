import Glibc

/// What an agent chooses in each step.
public enum ActionSpace: Sendable, Hashable {
  /// One of so many actions, counted from 0.
  case discrete(Int)
  /// One choice of each factor, all at the same time. Choice i is from 0 to counts[i] - 1. The policy chooses the factors
  /// independently of each other, given the observation.
  case factored([Int])
  /// One number for each range. A range with a finite lower and upper bound is bounded; other ranges are not.
  case continuous([ClosedRange<Float>])

  /// Factors or numbers that an action has at most, and actions of a factor.
  public static let maximumElements = 256
  public static let maximumCount = 65_536

  /// A: elements of an action, each an Int32 or, if the space is continuous, a Float.
  public var elementCount: Int {
    switch self {
    case .discrete: 1
    case .factored(let counts): counts.count
    case .continuous(let ranges): ranges.count
    }
  }

  public var isContinuous: Bool { if case .continuous = self { true } else { false } }

  /// Actions of each factor; empty if the space is continuous.
  public var counts: [Int] {
    switch self {
    case .discrete(let count): [count]
    case .factored(let counts): counts
    case .continuous: []
    }
  }

  /// P: numbers that describe the policy's distribution. A logit for each action of each factor; for a continuous space all
  /// means, then the logarithms of all standard deviations.
  public var parameterCount: Int {
    isContinuous ? 2 * elementCount : counts.reduce(0, +)
  }

  /// Why no policy can be made for the space, as a sentence without a subject; nil if one can.
  public var problem: String? {
    guard (1...Self.maximumElements).contains(elementCount) else {
      return "has \(elementCount) elements; from 1 to \(Self.maximumElements) are possible"
    }
    if let count = counts.first(where: { !(1...Self.maximumCount).contains($0) }) {
      return "has a choice of \(count) actions; from 1 to \(Self.maximumCount) are possible"
    }
    if case .continuous(let ranges) = self, ranges.contains(where: { $0.lowerBound == $0.upperBound }) {
      return "has a number that can only have one value"
    }
    return nil
  }

  /// What the environment receives for element `index` of an action in a continuous space.
  ///
  /// The policy's distribution is an unbounded Gaussian. In a bounded range its number is squashed by tanh; trajectories carry
  /// the number before that, so that the squashing, which no parameter changes, cancels in the policy's ratio.
  public func played(_ number: Float, at index: Int) -> Float {
    guard case .continuous(let ranges) = self else { return number }
    let range = ranges[index]
    guard range.lowerBound.isFinite, range.upperBound.isFinite else { return number }
    let middle = (range.lowerBound + range.upperBound) / 2
    let half = (range.upperBound - range.lowerBound) / 2
    return min(max(middle + half * tanhf(number), range.lowerBound), range.upperBound)
  }
}

extension ActionSpace {
  /// Calls `body` with the action that has these elements (`ActionChoice.stored`); nil if the space has no such action.
  public func withChoice<Result>(_ stored: [Float], _ body: (ActionChoice) throws -> Result) rethrows -> Result? {
    guard stored.count == elementCount else { return nil }
    var bits: [UInt32] = []
    for (index, element) in stored.enumerated() {
      if isContinuous {
        guard element.isFinite else { return nil }
        bits.append(element.bitPattern)
      } else {
        guard let choice = Int32(exactly: element), choice >= 0, choice < counts[index] else { return nil }
        bits.append(UInt32(choice))
      }
    }
    return try bits.withUnsafeBytes { bytes in
      // The array has at least one element, because a space has.
      guard let base = bytes.baseAddress else { return nil }
      return try body(ActionChoice(self, base))
    }
  }
}

extension ActionChoice: CustomStringConvertible {
  /// "3", "3 0" or "0.25 -1.0".
  public var description: String {
    (0..<count).map { space.isContinuous ? "\(number($0))" : "\(self[$0])" }.joined(separator: " ")
  }
}

/// One action: `elementCount` elements of four bytes in a trajectory's memory, valid during the call that receives it.
public struct ActionChoice {
  private let space: ActionSpace
  private let elements: UnsafeRawPointer

  /// - Parameter elements: Int32 or Float, as `space` says.
  public init(_ space: ActionSpace, _ elements: UnsafeRawPointer) {
    self.space = space
    self.elements = elements
  }

  public var count: Int { space.elementCount }

  /// The action of a discrete space.
  public var index: Int { self[0] }

  /// The action if the space is discrete; nil otherwise.
  public var discreteIndex: Int? { if case .discrete = space { self[0] } else { nil } }

  /// The elements as a trajectory has them. Choices are exact, because a Float holds every integer up to
  /// `ActionSpace.maximumCount`.
  public var stored: [Float] {
    (0..<count).map {
      space.isContinuous ? elements.load(fromByteOffset: 4 * $0, as: Float.self) : Float(self[$0])
    }
  }

  /// The choice of factor `factor` in a discrete or factored space.
  public subscript(factor: Int) -> Int {
    precondition(factor >= 0 && factor < count && !space.isContinuous, "the action has no choice \(factor)")
    return Int(elements.load(fromByteOffset: 4 * factor, as: Int32.self))
  }

  /// Number `index` of a continuous space, within its range.
  public func number(_ index: Int) -> Float {
    precondition(index >= 0 && index < count && space.isContinuous, "the action has no number \(index)")
    return space.played(elements.load(fromByteOffset: 4 * index, as: Float.self), at: index)
  }
}
