/// Bounds the lines that peers can cause: some of each kind an interval, and fewer of each kind for one subject, so that one
/// peer hides neither another peer nor another kind of event. What was held back is counted and reported when the
/// interval is over.
public struct LogThrottle<Kind: Hashable & Sendable>: Sendable {
  /// Events that were not written in an interval.
  public struct HeldBack: Sendable, Equatable {
    public let kind: Kind
    /// Who caused them; nil for all subjects beyond those that are told apart.
    public let subject: String?
    public let count: Int
  }

  private struct Cause: Hashable {
    let kind: Kind
    let subject: String?
  }

  /// Lines of one kind for one subject in an interval, and of one kind in all.
  public let perSubject: Int
  public let perKind: Int
  public let intervalSeconds: Double
  private var intervalStart = 0.0
  private var written: [Cause: Int] = [:]
  private var writtenOfKind: [Kind: Int] = [:]
  private var heldBack: [Cause: Int] = [:]

  /// Subjects that are told apart in an interval; the number bounds memory only.
  private static var maximumSubjects: Int { 64 }

  public init(perSubject: Int = 3, perKind: Int = 20, intervalSeconds: Double = 10) {
    self.perSubject = perSubject
    self.perKind = perKind
    self.intervalSeconds = intervalSeconds
  }

  /// Whether an event may be written. Call `heldBack` first.
  /// - Parameters:
  ///   - subject: who caused it: a key, a peer or an address.
  ///   - now: seconds of a clock that does not go back.
  public mutating func admits(_ kind: Kind, _ subject: String, now: Double) -> Bool {
    if writtenOfKind.isEmpty && heldBack.isEmpty { intervalStart = now }
    let cause = Cause(kind: kind, subject: subject)
    if written[cause, default: 0] < perSubject, writtenOfKind[kind, default: 0] < perKind {
      written[cause, default: 0] += 1
      writtenOfKind[kind, default: 0] += 1
      return true
    }
    let isTold = heldBack[cause] != nil || heldBack.count < Self.maximumSubjects
    heldBack[isTold ? cause : Cause(kind: kind, subject: nil), default: 0] += 1
    return false
  }

  /// What the interval that is over held back, the most frequent first; empty while it lasts. The three most frequent
  /// subjects of a kind are told apart.
  public mutating func takeHeldBack(now: Double) -> [HeldBack] {
    guard !writtenOfKind.isEmpty || !heldBack.isEmpty, now - intervalStart >= intervalSeconds else { return [] }
    defer { (written, writtenOfKind, heldBack) = ([:], [:], [:]) }
    return Dictionary(grouping: heldBack, by: \.key.kind).flatMap(Self.summary)
      .sorted { ($1.count, $0.subject ?? "") < ($0.count, $1.subject ?? "") }
  }

  private static func summary(_ kind: Kind, _ causes: [(key: Cause, value: Int)]) -> [HeldBack] {
    let known = causes.filter { $0.key.subject != nil }.sorted { $0.value > $1.value }
    var summary = known.prefix(3).map { HeldBack(kind: kind, subject: $0.key.subject, count: $0.value) }
    let others = causes.reduce(0) { $0 + $1.value } - summary.reduce(0) { $0 + $1.count }
    if others > 0 { summary.append(HeldBack(kind: kind, subject: nil, count: others)) }
    return summary
  }
}
