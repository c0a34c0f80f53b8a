import Ranks
import Sessions
import Telemetry
import Wire

/// What a learner has of the other learners of its run. Used by the I/O thread, except for the parts that it names.
final class RankParts {
  let communicator: any Communicator
  /// Shared with the trainer.
  let mailbox: RankMailbox
  /// The trainer's; nil for the only learner.
  let batches: RankBatches?
  /// Known once all ranks have opened.
  var members = RankMembers()
  /// Whether the process of a rank has ended: the trainer waits for it and does not end any more.
  private(set) var hasLost = false

  init(_ communicator: any Communicator, mailbox: RankMailbox, batches: RankBatches?) {
    self.communicator = communicator
    self.mailbox = mailbox
    self.batches = batches
  }

  var isShared: Bool { communicator.isShared }
  var isFirst: Bool { communicator.isFirst }

  /// Looks after the other ranks' processes.
  /// - Returns: why the run cannot continue; nil if they live.
  func takeLoss() -> String? {
    guard !hasLost, let lost = members.lost else { return nil }
    hasLost = true
    return "\(lost), and with it all ranks end; the run continues from its last checkpoint with --resume auto"
  }

  /// - Throws: `PeerFault` for an annotator that attaches to another rank than the first, which has the labels.
  func expectPlace(for role: Role) throws(PeerFault) {
    guard role == .annotator, !isFirst, let first = members.all.first else { return }
    throw PeerFault(.forbidden, "this is a further learner of the run; annotators attach to \(first.endpoint)")
  }

  /// Ends the exchange, if all ranks do. Otherwise Open MPI ends them.
  /// - Parameter endedAlone: whether the trainer ended for a reason that the others do not have.
  func leave(endedAlone: Bool, log: LogWriter) {
    guard isShared, !hasLost, !endedAlone, batches?.isLost != true else { return }
    do { try communicator.finish() } catch { log.warning("\(error)") }
  }
}
