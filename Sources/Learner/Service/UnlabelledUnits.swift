import Captions
import Runtime
import Sessions
import Telemetry

/// Units of a text run whose answers an annotator judges. Each waits until all of its answers have a label or an abstention,
/// and then goes to the trainer with them. Used by the I/O thread alone.
///
/// Credits bound how many wait, because a worker gets the credit of a unit back when the trainer takes it; together with the
/// queue they hold no more than the queue may.
final class UnlabelledUnits {
  private struct Waiting {
    var item: QueuedUnroll
    /// The number that the desk of units knows it by.
    let number: UInt64
    let session: PeerSession
    /// The captions of its answers; 0 for one that the ledger has no place for, which never gets a label.
    let captions: [CaptionID]
    /// Captions before it have verdicts.
    var next = 0
    let deadline: Double
  }

  private let mailbox: TrainerMailbox<RunAlgorithm>
  private let units: UnitDesk?
  private let log: LogWriter
  private let seconds: Double
  private var waiting: [Waiting] = []
  /// Answers that wait.
  private(set) var frames = 0
  /// Units discarded since the last line in the log, and when the next line may come.
  private var unreported = 0
  private var nextNotice = 0.0

  /// - Parameters:
  ///   - units: gets the numbers of discarded units back.
  ///   - seconds: that a unit waits at most.
  init(mailbox: TrainerMailbox<RunAlgorithm>, units: UnitDesk?, log: LogWriter, seconds: Double) {
    self.mailbox = mailbox
    self.units = units
    self.log = log
    self.seconds = seconds
  }

  /// Takes in a unit that was counted as played.
  /// - Parameters:
  ///   - number: what the desk of units knows it by.
  ///   - captions: of its answers, in the order of the unroll's environments.
  /// - Returns: false if there is no place, and it must be discarded.
  func add(
    _ item: QueuedUnroll, number: UInt64, captions: [CaptionID], of session: PeerSession, now: Double
  ) -> Bool {
    guard frames + mailbox.queue.depth + item.frames <= mailbox.queue.capacity else { return false }
    waiting.append(
      Waiting(item: item, number: number, session: session, captions: captions, deadline: now + seconds))
    frames += item.frames
    return true
  }

  /// Passes on what has its labels, and discards what has waited too long.
  func release(_ ledger: CaptionLedger, now: Double) {
    guard !waiting.isEmpty else { return }
    var kept: [Waiting] = []
    for var unit in waiting {
      if let labels = labels(of: &unit, ledger) {
        unit.item.labels = labels
        pass(unit)
      } else if now >= unit.deadline {
        discard(unit)
      } else {
        kept.append(unit)
      }
    }
    waiting = kept
    frames = kept.reduce(0) { $0 + $1.item.frames }
    report(now)
  }

  /// The labels of a unit's answers, NaN where the annotator abstains; nil while any is open.
  private func labels(of unit: inout Waiting, _ ledger: CaptionLedger) -> [Float]? {
    func label(_ caption: CaptionID) -> Float? {
      switch ledger.state(of: caption) {
      case .labelled(let label): label
      case .abstained, nil: .nan
      case .queued, .inFlight: nil
      }
    }
    while unit.next < unit.captions.count, label(unit.captions[unit.next]) != nil { unit.next += 1 }
    guard unit.next == unit.captions.count else { return nil }
    let labels = unit.captions.compactMap(label)
    // A new principle has withdrawn some in the meantime.
    if labels.count < unit.captions.count { unit.next = 0 }
    return labels.count == unit.captions.count ? labels : nil
  }

  private func pass(_ unit: Waiting) {
    guard !mailbox.queue.offer(unit.item) else { return }
    mailbox.count { $0.discardedOverflow += unit.item.frames }
    unit.session.oweCredit()
  }

  private func discard(_ unit: Waiting) {
    mailbox.count { $0.discardedUnlabelled += unit.item.frames }
    units?.writeAgain(unit.number)
    unit.session.oweCredit()
    unreported += 1
  }

  private func report(_ now: Double) {
    guard unreported > 0, now >= nextNotice else { return }
    log.warning(
      "units discarded, to be written again: \(unreported); not all of their answers had a label after \(seconds) s "
        + "(text.label_seconds): is an annotator connected, and fast enough?")
    (unreported, nextNotice) = (0, now + seconds)
  }
}
