import Configuration
import Tensor
import Transport
import Wire

/// What flows from the trainer to the workers: credits, the newest policy's version, and its parameters on request.
/// Used by the I/O thread alone.
struct PolicyFanOut {
  private let mailbox: TrainerMailbox<ActorCriticAlgorithm>
  private let channel: PeerChannel
  /// Frames in the queue above which credits are withheld.
  private let queueLimit: Int

  init(mailbox: TrainerMailbox<ActorCriticAlgorithm>, channel: PeerChannel, configuration: RunConfiguration) {
    self.mailbox = mailbox
    self.channel = channel
    queueLimit = configuration.learner.queueBatches * configuration.learner.batchSize
  }

  /// Version of the newest policy that workers can get.
  var policyVersion: UInt64 { mailbox.policy.current.policyVersion }

  /// Sends the newest policy.
  func sendSnapshot(to peer: PeerID) {
    let policy = mailbox.policy.current
    let count = policy.parameters.count
    let frame = Frame(
      owner: policy, pointer: UnsafeRawPointer(policy.parameters.pointer), count: count * MemoryLayout<Float>.stride)
    channel.send(
      .snapshot(Snapshot(version: policy.policyVersion)),
      tensors: [TensorFrame(.parameters, .float32, [count], frame)], to: peer)
  }

  /// Answers a heartbeat with the newest version.
  func answerHeartbeat(of peer: PeerID) {
    channel.send(.heartbeatReply(HeartbeatReply(policyVersion: policyVersion)), to: peer)
  }

  /// Returns owed credits. While the queue is full it withholds them: workers then wait instead of playing with a
  /// policy that grows stale.
  func returnCredits(to sessions: [PeerSession]) {
    guard mailbox.queue.depth <= queueLimit else { return }
    for session in sessions {
      let acknowledgement = Acknowledgement(
        sequence: session.lastSequence, credits: UInt32(session.owedCredits), policyVersion: policyVersion)
      if channel.send(.acknowledgement(acknowledgement), to: session.peer) { session.returnCredits() }
    }
  }
}
