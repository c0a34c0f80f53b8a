import CWire

/// Why the learner does not talk to a peer. Raw values are the wire's numbers.
public enum RefusalReason: UInt32, Sendable, CaseIterable {
  case schemaVersion = 1
  /// The peer holds another configuration.
  case configuration = 2
  case nameTaken = 3
  /// The learner's table of peers is full.
  case full = 4
  /// A message that was malformed, out of turn, or sent without credit.
  case protocolViolation = 5
  /// The run is over.
  case ending = 6
  /// A message before Hello; say Hello again.
  case unknownPeer = 7
}

/// The learner does not take a peer in, or no longer.
public struct Refused: Sendable, Hashable {
  public var reason: RefusalReason
  /// One line for a person.
  public let text: String

  /// `text` is made one line and cut to `WireLimits.maximumLineBytes`, because it often quotes what the peer sent.
  public init(reason: RefusalReason, text: String) {
    self.reason = reason
    self.text = Check.fitted(text, maximumBytes: WireLimits.maximumLineBytes)
  }
}

extension Refused: Body {
  /// Its initialiser leaves nothing to refuse.
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__Refused {
    var packed = Tengu__Refused()
    tengu__refused__init(&packed)
    packed.reason = Tengu__RefusalReason(reason.rawValue)
    packed.text = arena.text(text)
    return packed
  }

  init(_ packed: Tengu__Refused) throws(WireError) {
    self.init(
      reason: try Unpack.value(packed.reason.rawValue, RefusalReason.self, "refused.reason"),
      text: try Unpack.text(packed.text, "refused.text"))
  }
}
