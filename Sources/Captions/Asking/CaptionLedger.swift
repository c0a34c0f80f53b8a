
/// Owns the state of every caption of a run. One owner, so no caption is asked twice at once and none is forgotten.
///
/// A value without sockets or clock: time is passed in as seconds on any monotonic clock. What is asked first is a matter
/// of `LedgerOptions.order`; it is the newest, meaning last seen for the first time, unless something else is said. Every
/// operation on a caption takes logarithmic time at most, and constant amortised time where only the newest count.
///
/// What is asked, given out and answered are questions. A question is a caption, unless captions of one template share
/// theirs (`LedgerOptions.sharesTemplates`): then the newest of them is asked, and the answer is the answer to all.
public struct CaptionLedger: Sendable {
  /// Distinct captions a ledger can be made to hold; about 800 MB at 60 bytes each.
  public static let maximumCaptions = 10_000_000
  /// Distinct captions a ledger holds unless something else is said; about 80 MB at 60 bytes each.
  public static let defaultCaptions = 1_000_000
  /// Longer captions are cut to this, as environments cut them.
  public static let maximumCaptionBytes = 256
  /// Captions of one task at most, whatever capacity an annotator claims.
  public static let maximumTaskCaptions = 4_096
  /// Lapsed tasks remembered, so that an answer after its deadline is not wasted.
  public static let maximumLapsedTasks = 256

  public let options: LedgerOptions

  /// A question's number: that of its caption, unless captions share questions.
  typealias QuestionID = CaptionID

  var table = CaptionTable()
  /// Which captions share a question; nil when none do.
  var groups: QuestionGroups?
  var queue: AskingQueue
  var bucket: RateBucket?
  /// By question.
  var phases: [Phase] = [.settled]
  /// By question; NaN unless labelled.
  var labels: [Float] = [.nan]
  /// By caption.
  var sightings: [UInt32] = [0]
  /// Who holds each question in flight. One entry a question: it cannot be held twice.
  var holders: [QuestionID: Holder] = [:]
  var tasks: [UInt64: Task] = [:]
  var lapsed: [UInt64: Task] = [:]
  /// Lapsed tasks, oldest first.
  var lapsedOrder: [UInt64] = []
  var counters = LedgerStatistics()

  /// Answers and tokens of the run's earlier sessions, which its budget knows of.
  var earlier = (labels: 0, tokens: 0)
  var saidExhausted: AskingBudget.Exhaustion?

  /// A question's state without its payload. `settled` is an abstention where the label is NaN.
  enum Phase: UInt8, Sendable { case queued, inFlight, settled }

  /// The task that holds a question, and the caption it was asked by.
  struct Holder: Sendable, Hashable {
    let task: UInt64
    let caption: CaptionID
  }

  /// An annotation task that was given out.
  struct Task: Sendable {
    let annotator: String
    /// Seconds on the caller's clock.
    let deadline: Double
    let captions: [CaptionID]
  }

  public init(_ options: LedgerOptions = LedgerOptions()) {
    precondition(
      (1...Self.maximumCaptions).contains(options.capacity), "capacity must be in 1 ... \(Self.maximumCaptions)")
    self.options = options
    queue = AskingQueue(order: options.order, seed: options.seed)
    bucket = options.budget.labelsPerSecond.map { RateBucket(perSecond: $0) }
    groups = options.sharesTemplates ? QuestionGroups() : nil
  }

  /// - Parameter capacity: distinct captions at most, 1 ... `maximumCaptions`.
  public init(capacity: Int) {
    var options = LedgerOptions()
    options.capacity = capacity
    self.init(options)
  }

  // MARK: Captions

  /// The id of a caption; a new one is queued. The empty caption is 0, never asked and never counted.
  /// - Parameter sightings: how often the caption was seen; 0 to count elsewhere.
  /// - Returns: nil when the caption is new and the ledger is full (counted as `overflowed`).
  public mutating func intern(_ caption: UnsafeBufferPointer<UInt8>, sightings seen: UInt32 = 1) -> CaptionID? {
    guard !caption.isEmpty else { return 0 }
    let cut = Self.cut(caption)
    guard let (id, isNew) = table.intern(cut, limit: options.capacity) else {
      counters.overflowed += 1
      return nil
    }
    if isNew { add(id, cut) }
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
    guard isKnown(id), count > 0 else { return }
    let (sum, overflow) = sightings[Int(id)].addingReportingOverflow(count)
    sightings[Int(id)] = overflow ? .max : sum
    let question = question(of: id)
    groups?.count(count, of: question)
    queue.count(sightings(ofQuestion: question), of: question)
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
    let question = question(of: id)
    switch phases[Int(question)] {
    case .queued: return .queued
    case .inFlight: return holders[question].map { .inFlight(task: $0.task) }
    case .settled: return labels[Int(question)].isNaN ? .abstained : .labelled(labels[Int(question)])
    }
  }

  /// The label of a caption; nil unless it is labelled.
  public func label(of id: CaptionID) -> Float? {
    guard isKnown(id) else { return nil }
    let label = labels[Int(question(of: id))]
    return label.isNaN ? nil : label
  }

  /// Calls `body` with every labelled caption, oldest first: what a reward model reads after a resume.
  public func forEachLabel(_ body: (CaptionID, Float) throws -> Void) rethrows {
    for id in 1..<CaptionID(sightings.count) {
      if let label = label(of: id) { try body(id, label) }
    }
  }

  /// The captions that an answer to this one answers, this one among them, newest first; empty for ids the ledger did
  /// not give.
  public func captionsSharing(_ id: CaptionID) -> [CaptionID] {
    guard isKnown(id) else { return [] }
    return groups?.captions(of: question(of: id)) ?? [id]
  }

  /// The template this caption shares a question by; nil unless captions do.
  public func template(of id: CaptionID) -> [UInt8]? {
    isKnown(id) ? groups?.template(of: question(of: id)) : nil
  }

  /// Says how uncertain the label of a caption would be, for `AskingOrder.uncertain`; without effect where that weight is
  /// zero. Where captions share a question the latest score counts.
  /// - Parameter score: the higher the sooner asked; NaN for unknown, which comes before all.
  public mutating func setUncertainty(_ score: Float, of id: CaptionID) {
    if isKnown(id) { queue.setUncertainty(score, of: question(of: id)) }
  }

  /// Up to `limit` of the captions that wait, newest first: those worth a score.
  public func queuedCaptions(_ limit: Int) -> [CaptionID] { queue.newest(limit).map(caption(asking:)) }

  // MARK: Gauges

  /// Captions held; they have the ids 1 ... `captionCount`.
  public var captionCount: CaptionID { CaptionID(table.count) }

  /// Gauges and counters as of now.
  public var statistics: LedgerStatistics {
    var now = counters
    now.seen = table.count
    now.questions = phases.count - 1
    now.queued = queue.count
    now.inFlight = holders.count
    return now
  }

  /// Memory reserved by the tables, in bytes (tasks in flight not included).
  public var reservedBytes: Int {
    table.reservedBytes + queue.reservedBytes + phases.capacity + labels.capacity * 4 + sightings.capacity * 4
      + (groups?.reservedBytes ?? 0)
  }

  // MARK: Parts

  /// Whether the ledger gave this id. 0 is no caption.
  func isKnown(_ id: CaptionID) -> Bool { id > 0 && Int(id) < sightings.count }

  func question(of id: CaptionID) -> QuestionID { groups?.question(of: id) ?? id }

  /// The caption to ask a question by.
  func caption(asking question: QuestionID) -> CaptionID { groups?.newestCaption(of: question) ?? question }

  func sightings(ofQuestion question: QuestionID) -> UInt32 {
    groups?.sightings(of: question) ?? sightings[Int(question)]
  }

  /// Takes in a caption that the table has just got; one with a question of its own is queued.
  private mutating func add(_ id: CaptionID, _ caption: UnsafeBufferPointer<UInt8>) {
    sightings.append(0)
    let question = groups?.add(caption) ?? id
    guard Int(question) == phases.count else { return }
    phases.append(.queued)
    labels.append(.nan)
    queue.insert(question, sightings: 0)
  }

  /// Puts a question back among those that wait.
  mutating func enqueue(_ question: QuestionID) {
    phases[Int(question)] = .queued
    queue.insert(question, sightings: sightings(ofQuestion: question))
  }

  private static func cut(_ caption: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: caption.prefix(maximumCaptionBytes))
  }
}
