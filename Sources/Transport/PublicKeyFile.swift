import Glibc

/// What the owner of a key may be.
public enum KeyRole: String, Sendable, Hashable, CaseIterable {
  case worker, annotator, observer
  /// The learner's own key, whose public file often lies next to those of its peers: no peer may use it.
  case learner
}

/// The public file of a key, which the learner's operator puts into the folder of allowed keys:
/// ```
/// public-key = "..."
/// role = "worker"          # or annotator, or observer; several are separated by commas
/// expires = "2027-01-31"   # the last day, UTC, or a moment such as 2027-01-31T12:00:00Z; without it never
/// sessions = 4             # at a time; without it 1
/// ```
/// A file without a role, as older releases wrote it, allows every role in any number of sessions. The name of a key is the
/// name of its file, without ".public".
public struct PublicKeyFile: Sendable, Hashable {
  public static let maximumSessions = 4_096

  /// At least one.
  public var keys: [CurvePublicKey]
  /// nil for a file without a role.
  public var roles: Set<KeyRole>?
  /// The moment from which the key is not allowed, in seconds since 1970; nil for never.
  public var expiry: Double?
  /// Sessions of each key at a time; nil for any number.
  public var sessions: Int?

  public init(keys: [CurvePublicKey], roles: Set<KeyRole>?, expiry: Double? = nil, sessions: Int? = nil) {
    self.keys = keys
    self.roles = roles
    self.expiry = expiry
    self.sessions = sessions
  }

  /// - Throws: `TransportError.key` naming the file and what is wrong.
  public init(reading path: String) throws(TransportError) {
    let lines = try KeyLines(path, secret: false, single: ["role", "expires", "sessions"], repeated: ["public-key"])
    keys = []
    for entry in lines.entries where entry.name == "public-key" {
      keys.append(try CurvePublicKey(entry.value, subject: path))
    }
    guard !keys.isEmpty else { throw .key(path, reason: "has no public-key line") }
    if let text = lines.first("role") {
      guard let named = KeyRole.list(text) else { throw .key(path, reason: "role: \(KeyRole.expectation)") }
      roles = named
    }
    if let text = lines.first("expires") {
      guard let moment = KeyExpiry.seconds(text) else { throw .key(path, reason: "expires: \(KeyExpiry.expectation)") }
      expiry = moment
    }
    if let text = lines.first("sessions") {
      guard let count = Int(text), (1...Self.maximumSessions).contains(count) else {
        throw .key(path, reason: "sessions is a number from 1 to \(Self.maximumSessions)")
      }
      sessions = count
    } else if roles != nil {
      sessions = 1
    }
  }

  /// Creates the file; never overwrites.
  public func write(_ path: String) throws(TransportError) {
    var text = keys.map { "public-key = \"\($0.text)\"\n" }.joined()
    if let roles {
      text += "role = \"\(KeyRole.text(roles))\"\n"
    }
    if let expiry { text += "expires = \"\(KeyExpiry.text(expiry))\"\n" }
    if let sessions, sessions != 1 { text += "sessions = \(sessions)\n" }
    try SmallFile.create(path, text, mode: SmallFile.publicMode)
  }
}

extension KeyRole {
  public static let expectation = "expected worker, annotator or observer, or several of them separated by commas"

  /// The roles of a list such as "worker, observer"; nil if one is unknown, or there is none.
  public static func list(_ text: String) -> Set<KeyRole>? {
    let names = text.split { $0 == "," || $0 == " " }
    let roles = names.compactMap { KeyRole(rawValue: String($0)) }
    return roles.isEmpty || roles.count < names.count ? nil : Set(roles)
  }

  /// The list that `list` reads.
  public static func text(_ roles: Set<KeyRole>) -> String {
    allCases.filter(roles.contains).map(\.rawValue).joined(separator: ", ")
  }
}

/// The last moments of keys.
public enum KeyExpiry {
  public static let expectation = "expected a date such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z"
  private static let secondsPerDay = 86_400.0

  /// Seconds since 1970 of the end of a day, or of a moment, in UTC; nil if `text` is neither.
  public static func seconds(_ text: String) -> Double? {
    guard let match = text.wholeMatch(of: #/(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)Z)?/#) else { return nil }
    func number(_ digits: Substring?) -> Int32 { digits.flatMap { Int32($0) } ?? 0 }
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (number(match.1) - 1900, number(match.2) - 1, number(match.3))
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (number(match.4), number(match.5), number(match.6))
    let given = fields
    let seconds = Double(timegm(&fields))
    // A day that its month does not have, or an hour that a day does not have, becomes another one.
    guard (given.tm_mon, given.tm_mday, given.tm_hour) == (fields.tm_mon, fields.tm_mday, fields.tm_hour),
      (given.tm_min, given.tm_sec) == (fields.tm_min, fields.tm_sec)
    else { return nil }
    return match.4 == nil ? seconds + secondsPerDay : seconds
  }

  /// The moment, as `seconds` reads it.
  public static func text(_ seconds: Double) -> String {
    var time = time_t(Int(clamping: Int64(max(0, min(seconds, 253_402_300_799)))))
    var fields = tm()
    gmtime_r(&time, &fields)
    let capacity = 32
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
      guard let start = buffer.baseAddress, strftime(start, capacity, "%Y-%m-%dT%H:%M:%SZ", &fields) > 0 else {
        return ""
      }
      return String(cString: start)
    }
  }
}
