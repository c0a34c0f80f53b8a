/// How the factors of a factored action depend on each other: a verb, and what the verb needs.
///
/// The first factor is the verb. A verb uses some of the other factors, and only those count: the log-probability of an action is
/// that of its verb plus those of the factors that the verb uses. A trajectory has a 0 for each of the others. So a factor can
/// serve one verb alone, and its distribution is then that of the argument given the verb.
public struct ActionStructure: Sendable, Hashable {
  /// Factors of a structured action at most, because a set of them is one word.
  public static let maximumFactors = 64

  /// For each choice of the first factor, the factors that it uses, in ascending order, without the first itself.
  public let uses: [[Int]]
  /// For each factor, the set of things that it chooses from (`ObservationEncoding.member`): choice i is the thing with index
  /// i. nil for a factor whose choices mean the same in every observation.
  public let sets: [String?]

  public init(uses: [[Int]], sets: [String?]) {
    self.uses = uses
    self.sets = sets
  }

  /// Why the structure does not fit a space with these factors, as a sentence without a subject; nil if it does.
  public func problem(_ counts: [Int]) -> String? {
    guard counts.count <= Self.maximumFactors, sets.count == counts.count, uses.count == counts.first else {
      return "describes \(sets.count) factors and \(uses.count) choices of the first, not those of \(counts)"
    }
    guard uses.allSatisfy({ $0.allSatisfy { (1..<counts.count).contains($0) } }) else {
      return "names a factor that is not one of \(counts.count)"
    }
    return sets.first == .some(nil) ? nil : "lets the first factor choose from a set"
  }
}
