/// Two different captions. Order is how they are asked; (a, b) and (b, a) are one pair all the same.
public struct CaptionPair: Sendable, Hashable {
  public let first: CaptionID
  public let second: CaptionID

  public init(_ first: CaptionID, _ second: CaptionID) {
    self.first = first
    self.second = second
  }

  /// The same for both orders.
  var key: UInt64 { UInt64(min(first, second)) << 32 | UInt64(max(first, second)) }
}

/// One answer to a pair.
public struct PairAnswer: Sendable, Hashable {
  public let pair: CaptionPair
  public let preference: PairVerdict

  public init(_ pair: CaptionPair, _ preference: PairVerdict) {
    self.pair = pair
    self.preference = preference
  }
}
