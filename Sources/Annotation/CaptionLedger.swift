import Environments

/// Owns the state of every caption of a run. One owner, so no caption is asked twice at once and none is forgotten.
///
/// A value without sockets or clock: time is passed in as seconds on any monotonic clock. Captions are asked newest
/// first, newest meaning last seen for the first time, because what the policy meets now is what its reward needs now.
/// Every operation on a caption takes constant amortised time.
public struct CaptionLedger: Sendable {
  /// Distinct captions a ledger holds at most; about 90 MB at 60 bytes each.
  public static let maximumCaptions = 1_000_000
  /// Longer captions are cut to this, as environments cut them.
  public static let maximumCaptionBytes = 256
  /// Captions of one task at most, whatever capacity an annotator claims.
  public static let maximumTaskCaptions = 4_096
  /// Lapsed tasks remembered, so that an answer after its deadline is not wasted.
  public static let maximumLapsedTasks = 256

  /// Distinct captions this ledger holds at most.
  public let capacity: Int

  var table = CaptionTable()
  var queue = NewestFirstQueue()
  /// By id.
  var phases: [Phase] = [.settled]
  /// By id; NaN unless labelled.
  var labels: [Float] = [.nan]
  /// By id.
  var sightings: [UInt32] = [0]
  /// The task that holds each caption in flight. One entry a caption: it cannot be held twice.
  var holders: [CaptionID: UInt64] = [:]
  var tasks: [UInt64: Task] = [:]
  var lapsed: [UInt64: Task] = [:]
  /// Lapsed tasks, oldest first.
  var lapsedOrder: [UInt64] = []
  var counters = LedgerStatistics()

  /// A caption's state without its payload. `settled` is an abstention where the label is NaN.
  enum Phase: UInt8, Sendable { case queued, inFlight, settled }

  /// An annotation task that was given out.
  struct Task: Sendable {
    let annotator: String
    /// Seconds on the caller's clock.
    let deadline: Double
    let captions: [CaptionID]
  }

  /// - Parameter capacity: distinct captions at most, 1 ... `maximumCaptions`.
  public init(capacity: Int = CaptionLedger.maximumCaptions) {
    precondition((1...Self.maximumCaptions).contains(capacity), "capacity must be in 1 ... \(Self.maximumCaptions)")
    self.capacity = capacity
  }

  // MARK: Captions

  /// The id of a caption; a new one is queued. The empty caption is 0, never asked and never counted.
  /// - Parameter sightings: how often the caption was seen; 0 to count elsewhere.
  /// - Returns: nil when the caption is new and the ledger is full (counted as `overflowed`).
  public mutating func intern(_ caption: UnsafeBufferPointer<UInt8>, sightings seen: UInt32 = 1) -> CaptionID? {
    guard !caption.isEmpty else { return 0 }
    guard let (id, isNew) = table.intern(Self.cut(caption), limit: capacity) else {
      counters.overflowed += 1
      return nil
    }
    if isNew {
      phases.append(.queued)
      labels.append(.nan)
      sightings.append(0)
      queue.insert(id)
    }
    countSightings(seen, of: id)
    return id
  }

  /// The id of a caption; see the other `intern`.
  public mutating func intern(_ caption: [UInt8], sightings: UInt32 = 1) -> CaptionID? {
    caption.withUnsafeBufferPointer { intern($0, sightings: sightings) }
  }

  /// The id of a caption that the ledger holds; 0 for the empty one, nil for an unseen one. Counts nothing.
  public func find(_ caption: [UInt8]) -> CaptionID? {
    guard !caption.isEmpty else { return 0 }
    return caption.withUnsafeBufferPointer { table.find(Self.cut($0)) }
  }

  /// Adds sightings of a known caption; stops at `UInt32.max`.
  public mutating func countSightings(_ count: UInt32, of id: CaptionID) {
    guard isKnown(id) else { return }
    let (sum, overflow) = sightings[Int(id)].addingReportingOverflow(count)
    sightings[Int(id)] = overflow ? .max : sum
  }

  /// How often a caption was seen; nil for an id the ledger did not give.
  public func sightingCount(of id: CaptionID) -> UInt32? { isKnown(id) ? sightings[Int(id)] : nil }

  /// The bytes of a caption; empty for 0, nil for an id the ledger did not give.
  public func bytes(of id: CaptionID) -> [UInt8]? {
    if id == 0 { return [] }
    return isKnown(id) ? table.withBytes(of: id) { Array($0) } : nil
  }

  /// Where a caption stands; nil for 0 and for ids the ledger did not give.
  public func state(of id: CaptionID) -> CaptionState? {
    guard isKnown(id) else { return nil }
    switch phases[Int(id)] {
    case .queued: return .queued
    case .inFlight: return holders[id].map { .inFlight(task: $0) }
    case .settled: return labels[Int(id)].isNaN ? .abstained : .labelled(labels[Int(id)])
    }
  }

  /// The label of a caption; nil unless it is labelled.
  public func label(of id: CaptionID) -> Float? {
    guard isKnown(id), !labels[Int(id)].isNaN else { return nil }
    return labels[Int(id)]
  }

  /// Calls `body` with every labelled caption, oldest first: what a reward model reads after a resume.
  public func forEachLabel(_ body: (CaptionID, Float) throws -> Void) rethrows {
    for id in 1..<labels.count where !labels[id].isNaN { try body(CaptionID(id), labels[id]) }
  }

  // MARK: Gauges

  /// Gauges and counters as of now.
  public var statistics: LedgerStatistics {
    var now = counters
    now.seen = table.count
    now.queued = queue.count
    now.inFlight = holders.count
    return now
  }

  /// Memory reserved by the tables, in bytes (tasks in flight not included).
  public var reservedBytes: Int {
    table.reservedBytes + queue.reservedBytes + phases.capacity + labels.capacity * 4 + sightings.capacity * 4
  }

  // MARK: Parts

  /// Whether the ledger gave this id. 0 is no caption.
  func isKnown(_ id: CaptionID) -> Bool { id > 0 && Int(id) < phases.count }

  private static func cut(_ caption: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: caption.prefix(maximumCaptionBytes))
  }
}
