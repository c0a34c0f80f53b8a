import CWire

/// Why somebody leaves. Raw values are the wire's numbers.
public enum GoodbyeReason: UInt32, Sendable, CaseIterable {
  /// From the learner: exit with success.
  case runOver = 1
  /// From a peer: it was told to stop.
  case leaving = 2
  /// From the learner: come back later.
  case restarting = 3
}

/// The last message of a peer or of the learner. Whoever receives it stops.
public struct Goodbye: Sendable, Hashable {
  public var reason: GoodbyeReason
  /// One line for a person.
  public let text: String

  /// `text` is made one line and cut to `WireLimits.maximumLineBytes`.
  public init(reason: GoodbyeReason, text: String = "") {
    self.reason = reason
    self.text = Check.fitted(text, maximumBytes: WireLimits.maximumLineBytes)
  }
}

extension Goodbye: Body {
  /// Its initialiser leaves nothing to refuse.
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__Goodbye {
    var packed = Tengu__Goodbye()
    tengu__goodbye__init(&packed)
    packed.reason = Tengu__GoodbyeReason(reason.rawValue)
    packed.text = arena.text(text)
    return packed
  }

  init(_ packed: Tengu__Goodbye) throws(WireError) {
    self.init(
      reason: try Unpack.value(packed.reason.rawValue, GoodbyeReason.self, "goodbye.reason"),
      text: try Unpack.text(packed.text, "goodbye.text"))
  }
}
