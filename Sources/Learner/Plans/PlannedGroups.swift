import Scheduling
import Wire

/// The groups of a plan that are waited for: which task each entry is of, and how its episodes have ended so far.
struct PlannedGroups {
  /// What has come of all groups.
  struct Counts: Codable, Equatable {
    /// Episodes that ended.
    var episodes = 0
    /// Groups of which all episodes ended; those of one episode do not count.
    var groups = 0
    /// Groups in which some episodes reached the goal and some did not.
    var mixed = 0
    /// Groups that were given up because a worker left with their episodes.
    var lost = 0
    /// Episodes that were cut to begin again; nil in checkpoints of runs that could not.
    var cut: Int? = 0

    /// Whether a run can have these.
    var areCounts: Bool {
      [episodes, groups, mixed, lost, cut ?? 0].allSatisfy { (0...1 << 53).contains($0) } && mixed <= groups
    }
  }

  private struct Group {
    var outcome: GroupOutcome
    /// Episodes that have not ended.
    var waiting: Int
  }

  /// Groups at most; the oldest are given up.
  static let maximumOpen = 65_536

  private var open: [UInt64: Group] = [:]
  /// The least number that may be open.
  private var oldest: UInt64 = 0
  private(set) var counts: Counts

  init(counts: Counts = Counts()) { self.counts = counts }

  /// An entry of a plan is to be played. Numbers rise.
  mutating func open(_ entry: PlanEntry) {
    if open.isEmpty { oldest = entry.number }
    open[entry.number] = Group(
      outcome: GroupOutcome(key: entry.key, temperature: entry.temperature, cutAbove: entry.abortAbove),
      waiting: entry.repeats)
    while open.count > Self.maximumOpen {
      if open.removeValue(forKey: oldest) != nil { counts.lost += 1 }
      oldest += 1
    }
  }

  /// Whether episodes of an entry are waited for.
  func isOpen(_ number: UInt64) -> Bool { open[number] != nil }

  /// So many of the episodes that end now were cut.
  mutating func add(cut: Int) { counts.cut = (counts.cut ?? 0) + max(0, cut) }

  /// An episode has ended.
  /// - Returns: its task, and the group if it is now finished; nil if nobody waits for the episode.
  mutating func note(_ episode: FinishedEpisode) -> (key: Int, finished: GroupOutcome?)? {
    guard var group = open.removeValue(forKey: episode.entry) else { return nil }
    counts.episodes += 1
    group.outcome.add(succeeded: episode.succeeded, length: Int(clamping: episode.length))
    group.waiting -= 1
    guard group.waiting == 0 else {
      open[episode.entry] = group
      return (group.outcome.key, nil)
    }
    if group.outcome.episodes > 1 {
      counts.groups += 1
      if group.outcome.isMixed { counts.mixed += 1 }
    }
    return (group.outcome.key, group.outcome)
  }
}

/// Where a run's plan stands.
struct PlanReport: Sendable {
  var version: UInt64
  var groups: PlannedGroups.Counts
  var successes: SuccessTable
  /// The temperature that most episodes are played with.
  var chosen: Float
  /// The chance that a new start is better above which most episodes are cut; 0 = never.
  var chosenThreshold: Float

  /// Tasks that have a number of their own in the metrics.
  private static let namedKeys = 64

  /// Success by task, as facts; empty if there are too many.
  var facts: [String: Double] {
    guard successes.keys <= Self.namedKeys else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: successes.rates.enumerated().map { ("success_of_task_\($0.offset)", $0.element) })
  }
}
