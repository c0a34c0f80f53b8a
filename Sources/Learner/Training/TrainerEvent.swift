import IntrinsicReward
import Transport

/// What the trainer tells the I/O thread.
enum TrainerEvent: Sendable {
  case trained(TrainReport)
  /// Unrolls left the queue to be trained on; one source each.
  case taken([PeerID])
  /// Unrolls left the queue because they were too old.
  case discarded([PeerID])
  case checkpointed(step: Int, path: String, seconds: Double)
  case checkpointFailed(String)
  /// What was paid for up to now, in this session.
  case audited(RewardAudit)
  /// Nothing more will come: the run's steps are done, it was stopped, or it cannot go on.
  case finished(TrainerEnd)
}

public enum TrainerEnd: Sendable, Equatable {
  case completed
  case stopped
  case failed(String)
}

extension TrainerEnd {
  /// For the log and for the peers.
  var text: String {
    switch self {
    case .completed: "the run is complete"
    case .stopped: "the run was stopped"
    case .failed(let reason): "the run failed: \(reason)"
    }
  }
}
