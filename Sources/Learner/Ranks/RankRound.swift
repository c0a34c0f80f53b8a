import Ranks
import Runtime

/// The row of numbers that each rank brings to a round, and what all ranks read from the table.
///
/// A round is one exchange of these rows, followed by bytes to rank 0 and from rank 0 if a row says that there are any. All
/// ranks see the same table, so they take the same decision without asking.
struct RankRound {
  /// What a rank wants.
  enum Wish: Double {
    case proceed = 0
    case stop = 1
    /// The rank cannot continue; its log says why.
    case fail = 2
  }

  /// The place of each number in a row.
  private enum Column {
    static let wish = 0
    static let hasBatch = 1
    static let upBytes = 2
    static let downBytes = 3
    static let version = 4
    static let checksum = 5
    static let workers = 6
    static let queued = 7
    static let counts = 8
    static let total = counts + RankCounts.fields
  }

  private let ranks: any Communicator
  private let table: RankTable

  init(_ ranks: any Communicator) {
    self.ranks = ranks
    table = RankTable(ranks, capacity: Column.total)
  }

  /// What this rank brings.
  struct Own {
    var wish = Wish.proceed
    var hasBatch = false
    var up: [UInt8] = []
    var down: [UInt8] = []
    var policyVersion: UInt64 = 0
    /// Checksum of the parameters at some version, below 2^53.
    var checksum = 0.0
    var workers = 0
    var queuedFrames = 0
    /// What this rank alone has counted in this session.
    var counts = RankCounts()
  }

  /// What the ranks have decided.
  enum Decision: Equatable {
    /// Not every rank has a batch yet.
    case wait
    /// All train on their batches now.
    case train
    case stop
    /// A rank, by number, cannot continue.
    case fail(Int)
    /// The parameters of a rank are not those of rank 0.
    case differ(Int)
  }

  struct Outcome {
    var decision: Decision
    var others: RankMailbox.Others
    /// What all other ranks have counted.
    var counts: RankCounts
    /// At rank 0, the bytes of each rank.
    var up: [[UInt8]] = []
    /// From rank 0.
    var down: [UInt8] = []
  }

  /// Makes one round.
  /// - Throws: `RankError` if another rank is lost.
  func exchange(_ own: Own) throws(RankError) -> Outcome {
    let row = table.own
    row[Column.wish] = own.wish.rawValue
    row[Column.hasBatch] = own.hasBatch ? 1 : 0
    row[Column.upBytes] = Double(own.up.count)
    row[Column.downBytes] = Double(own.down.count)
    row[Column.version] = Double(own.policyVersion)
    row[Column.checksum] = own.checksum
    row[Column.workers] = Double(own.workers)
    row[Column.queued] = Double(own.queuedFrames)
    own.counts.write(to: row + Column.counts)
    try table.exchange(Column.total)
    var outcome = Outcome(decision: decision, others: RankMailbox.Others(), counts: RankCounts())
    for other in 0..<ranks.size where other != ranks.rank {
      outcome.others.workers += Int(saturating: table[other, Column.workers])
      outcome.others.queuedFrames += Int(saturating: table[other, Column.queued])
      outcome.counts += RankCounts { table[other, Column.counts + $0] }
    }
    if table.sum(Column.upBytes) > 0 { outcome.up = try ranks.gather(own.up) }
    if table[0, Column.downBytes] > 0 { outcome.down = try ranks.broadcast(own.down) }
    return outcome
  }

  private var decision: Decision {
    let all = 0..<ranks.size
    if let failed = all.first(where: { table[$0, Column.wish] == Wish.fail.rawValue }) { return .fail(failed) }
    if let other = all.first(where: { differs($0, Column.version) || differs($0, Column.checksum) }) {
      return .differ(other)
    }
    if all.contains(where: { table[$0, Column.wish] == Wish.stop.rawValue }) { return .stop }
    return all.allSatisfy { table[$0, Column.hasBatch] == 1 } ? .train : .wait
  }

  private func differs(_ rank: Int, _ column: Int) -> Bool { table[rank, column] != table[0, column] }
}

/// The counters that each rank has of its own, and that the run adds up. Frames, except episodes.
struct RankCounts: Sendable, Equatable {
  static let fields = 5

  var played = 0
  var stale = 0
  var overflow = 0
  var notFinite = 0
  var episodes = 0

  init() {}

  /// From a row's numbers.
  init(_ number: (Int) -> Double) {
    (played, stale) = (Int(saturating: number(0)), Int(saturating: number(1)))
    (overflow, notFinite) = (Int(saturating: number(2)), Int(saturating: number(3)))
    episodes = Int(saturating: number(4))
  }

  /// Those of a run's counters.
  init(_ counters: RunCounters) {
    (played, stale) = (counters.playedSteps, counters.discardedStale)
    (overflow, notFinite) = (counters.discardedOverflow, counters.discardedNotFinite)
    episodes = counters.episodes
  }

  func write(to row: UnsafeMutablePointer<Double>) {
    for (index, count) in [played, stale, overflow, notFinite, episodes].enumerated() { row[index] = Double(count) }
  }

  /// Adds them to the run's counters.
  func add(to counters: inout RunCounters) {
    counters.playedSteps += played
    counters.discardedStale += stale
    counters.discardedOverflow += overflow
    counters.discardedNotFinite += notFinite
    counters.episodes += episodes
  }

  static func += (sum: inout RankCounts, other: RankCounts) { sum = sum.combined(with: other, +) }
  static func - (left: RankCounts, right: RankCounts) -> RankCounts { left.combined(with: right, -) }

  private func combined(with other: RankCounts, _ operation: (Int, Int) -> Int) -> RankCounts {
    var result = RankCounts()
    result.played = operation(played, other.played)
    result.stale = operation(stale, other.stale)
    result.overflow = operation(overflow, other.overflow)
    result.notFinite = operation(notFinite, other.notFinite)
    result.episodes = operation(episodes, other.episodes)
    return result
  }
}
