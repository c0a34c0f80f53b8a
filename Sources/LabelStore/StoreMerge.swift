import Captions
import Foundation

/// Answers of two stores about one caption that contradict each other although they have the same origin. The later one
/// counts, as in a run.
public struct LabelConflict: Sendable, Hashable {
  public let stored: LabelRecord
  public let other: LabelRecord

  /// Whether the other answer counts from now on.
  public var isReplaced: Bool { other.source.answeredAt > stored.source.answeredAt }
}

/// What merging answers into a store has done.
public struct MergeOutcome: Sendable, Hashable {
  /// Conflicts that are kept for the report.
  static let maximumConflicts = 5

  /// Answers that the store did not have.
  public internal(set) var added = 0
  /// Answers that say what the store says already.
  public internal(set) var known = 0
  public internal(set) var conflicts = 0
  /// The first of the conflicts.
  public internal(set) var firstConflicts: [LabelConflict] = []
}

extension LabelStore {
  /// The valid answer of each caption by each origin, oldest first.
  public func answersOfEveryOrigin() throws(LabelStoreError) -> [LabelRecord] {
    var records: [LabelRecord] = []
    for origin in try origins() { records += try all(of: origin) }
    return records
  }

  /// Adds answers that this store lacks. A label's version is its origin: answers of different origins do not meet. To add
  /// the same answers again adds nothing, so that an interrupted merge may be repeated.
  /// - Parameter records: in the order of arrival; the last one about a caption by an origin counts.
  public func merge(_ records: [LabelRecord]) throws(LabelStoreError) -> MergeOutcome {
    struct Key: Hashable {
      let origin: LabelOrigin
      let caption: [UInt8]
    }
    var latest: [Key: LabelRecord] = [:]
    var order: [Key] = []
    for record in records {
      let key = Key(origin: record.source.origin, caption: record.caption)
      if latest.updateValue(record, forKey: key) == nil { order.append(key) }
    }
    var stored: [Key: LabelRecord] = [:]
    for record in try answersOfEveryOrigin() {
      stored[Key(origin: record.source.origin, caption: record.caption)] = record
    }
    var outcome = MergeOutcome()
    var new: [LabelRecord] = []
    for key in order {
      guard let record = latest[key] else { continue }
      guard let mine = stored[key] else {
        outcome.added += 1
        new.append(record)
        continue
      }
      if mine.verdict == record.verdict {
        outcome.known += 1
        continue
      }
      let conflict = LabelConflict(stored: mine, other: record)
      outcome.conflicts += 1
      if outcome.firstConflicts.count < MergeOutcome.maximumConflicts { outcome.firstConflicts.append(conflict) }
      if conflict.isReplaced { new.append(record) }
    }
    var written = 0
    try appendInTurns(new[...], written: &written)
    return outcome
  }

  /// Answers of a transaction of many, which takes a few hundredths of a second, and the pause after it. A learner that
  /// shares the store gets its turn in every pause.
  static let answersPerTurn = 500
  private static let pauseSeconds = 0.01

  /// Adds answers in several transactions, with pauses in which other processes write.
  /// - Parameters:
  ///   - written: the answers that are on disk, also if it throws.
  ///   - progress: receives the same number after each transaction.
  func appendInTurns(
    _ records: ArraySlice<LabelRecord>, written: inout Int, progress: (Int) -> Void = { _ in }
  ) throws(LabelStoreError) {
    while written < records.count {
      let part = records.dropFirst(written).prefix(Self.answersPerTurn)
      try append(Array(part))
      written += part.count
      progress(written)
      if written < records.count { Thread.sleep(forTimeInterval: Self.pauseSeconds) }
    }
  }
}

extension LabelReport {
  /// What a merge has done, for people: a line, and one for each of the first conflicts.
  public static func merge(_ outcome: MergeOutcome, from source: String) -> String {
    var lines = [
      "\(source): \(outcome.added) answers added, \(outcome.known) known, \(outcome.conflicts) contradict the store's"
    ]
    for conflict in outcome.firstConflicts {
      lines.append(
        "  \"\(EscapedText.escape(conflict.stored.caption))\": \(word(conflict.stored)) here, \(word(conflict.other)) there, by "
          + "\(conflict.stored.source.origin); the \(conflict.isReplaced ? "other" : "store's"), later one counts")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func word(_ record: LabelRecord) -> String { record.verdict.label.map { "\($0)" } ?? "abstained" }
}
