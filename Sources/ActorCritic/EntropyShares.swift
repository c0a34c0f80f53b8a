/// What the entropies of a structured action's factors count in the entropy bonus, as shares of its coefficient. Things are many and
/// verbs few, so that one coefficient for both keeps either the arguments too random or the verbs too certain.
public struct EntropyShares: Sendable, Hashable {
  /// The first factor's share: that of the verb.
  public var choice: Float
  /// The share of factors that choose from a set of things.
  public var thing: Float
  /// The share of the other factors, such as directions.
  public var other: Float

  public init(choice: Float = 1, thing: Float = 1, other: Float = 1) {
    (self.choice, self.thing, self.other) = (choice, thing, other)
  }

  /// Whether all factors count as they are.
  public var areWhole: Bool { self == EntropyShares() }
}
