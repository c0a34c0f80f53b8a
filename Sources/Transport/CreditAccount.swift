/// The number of messages that one side may send before the other has accepted earlier ones.
///
/// Both sides keep one: the sender to know when it must wait, the receiver to notice a sender that does not wait. Always
/// `available + outstanding == limit`.
public struct CreditAccount: Sendable, Hashable {
  /// Why the account refuses a message or a grant.
  public enum Violation: Error, Sendable, Hashable, CustomStringConvertible {
    /// A message was sent without credit.
    case overspent(limit: Int)
    /// More credit was granted than was outstanding.
    case overgranted(granted: Int, outstanding: Int)

    public var description: String {
      switch self {
      case .overspent(let limit): "sent a message beyond its credit of \(limit)"
      case .overgranted(let granted, let outstanding):
        "granted \(granted) credits while \(outstanding) were outstanding"
      }
    }
  }

  /// The largest limit of an account.
  public static let maximumCredits = 4_096

  /// All credits of the account.
  public private(set) var limit: Int
  /// Credits that are not available: those of messages sent, and those never granted.
  public private(set) var outstanding = 0
  /// Messages sent so far.
  public private(set) var spent: UInt64 = 0

  /// An account whose credits are all available. `limit` is cut to 0 ... `maximumCredits`.
  public init(limit: Int) { self.limit = min(max(limit, 0), Self.maximumCredits) }

  /// An account of which every credit has yet to be granted.
  public static func empty(limit: Int) -> CreditAccount {
    var account = CreditAccount(limit: limit)
    account.outstanding = account.limit
    return account
  }

  /// Messages that may be sent now.
  public var available: Int { limit - outstanding }

  /// A message is sent (or, on the other side, received).
  /// - Throws: `Violation.overspent`; the account stays as it was.
  public mutating func spend() throws(Violation) {
    guard available > 0 else { throw .overspent(limit: limit) }
    outstanding += 1
    spent += 1
  }

  /// Changes the limit; the difference is outstanding. Only credits that were never granted, or have come back, can be cut.
  /// - Parameters:
  ///   - wanted: cut to 0 ... `maximumCredits`.
  ///   - idle: outstanding credits that may be cut.
  /// - Returns: by how much the limit has changed.
  public mutating func resize(to wanted: Int, cuttingAtMost idle: Int) -> Int {
    let wanted = min(max(wanted, 0), Self.maximumCredits)
    let change = max(wanted - limit, -min(max(idle, 0), outstanding))
    limit += change
    outstanding += change
    return change
  }

  /// Credits come back.
  /// - Throws: `Violation.overgranted`; the account stays as it was.
  public mutating func grant(_ count: Int) throws(Violation) {
    guard count >= 0, count <= outstanding else { throw .overgranted(granted: count, outstanding: outstanding) }
    outstanding -= count
  }
}
