import CWire

/// Why the learner refuses a peer. Raw values are the wire's numbers.
public enum RefusalReason: UInt32, Sendable, CaseIterable {
  /// The peer uses another version of the schema.
  case schemaVersion = 1
  /// The peer holds another configuration.
  case configuration = 2
  /// The learner has no place for the peer now. The peer says Hello again later.
  case full = 4
  /// A message that was malformed, out of turn, or sent without credit.
  case protocolViolation = 5
  /// The run is over.
  case ending = 6
  /// A message of no session that the learner has. The peer says Hello again.
  case unknownPeer = 7
  /// The address belongs to the learner of another run.
  case otherRun = 8
  /// The peer's key does not allow what it asks for.
  case forbidden = 9
}

/// The learner refuses a peer, at Hello or later.
public struct Refused: Sendable, Hashable {
  public var reason: RefusalReason
  /// One line for a person.
  public let text: String
  /// Number of the trajectory that is the cause; 0 = none. A relay finds the worker that sent it.
  public var trajectory: UInt64

  /// Control characters in `text` are replaced and it is cut to `WireLimits.maximumLineBytes`, because it often quotes
  /// what the peer sent.
  public init(reason: RefusalReason, text: String, trajectory: UInt64 = 0) {
    self.reason = reason
    self.trajectory = trajectory
    self.text = Check.fitted(text, maximumBytes: WireLimits.maximumLineBytes)
  }
}

extension Refused: Body {
  /// The initialiser has made the text valid.
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__Refused {
    var packed = Tengu__Refused()
    tengu__refused__init(&packed)
    packed.reason = Tengu__RefusalReason(reason.rawValue)
    packed.text = arena.text(text)
    packed.trajectory = trajectory
    return packed
  }

  init(_ packed: Tengu__Refused) throws(WireError) {
    self.init(
      reason: try Unpack.value(packed.reason.rawValue, RefusalReason.self, "refused.reason"),
      text: try Unpack.text(packed.text, "refused.text"),
      trajectory: packed.trajectory)
  }
}

/// Why a session ends. Raw values are the wire's numbers.
public enum GoodbyeReason: UInt32, Sendable, CaseIterable {
  /// From the learner: the peer exits with success.
  case runOver = 1
  /// From a peer: it stops.
  case leaving = 2
  /// From the learner: it comes back and continues the run, so the peer says Hello again.
  case restarting = 3
}

/// The last message of a peer or of the learner. Its receiver stops, unless the learner is restarting.
public struct Goodbye: Sendable, Hashable {
  public var reason: GoodbyeReason
  /// One line for a person.
  public let text: String

  /// Control characters in `text` are replaced and it is cut to `WireLimits.maximumLineBytes`.
  public init(reason: GoodbyeReason, text: String = "") {
    self.reason = reason
    self.text = Check.fitted(text, maximumBytes: WireLimits.maximumLineBytes)
  }
}

extension Goodbye: Body {
  /// The initialiser has made the text valid.
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
