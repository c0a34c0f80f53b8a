import Configuration
import Sessions
import Tensor
import Transport
import Wire

/// What flows from the trainer to the workers: credits, the newest policy's version, and its parameters on request.
/// Used by the I/O thread alone.
final class PolicyFanOut {
  private let mailbox: TrainerMailbox<RunAlgorithm>
  private let channel: PeerChannel
  private let sessions: PeerSessions
  /// Nil if the run has no plan.
  private let plans: (any PlanSource)?
  /// nil if all roles share one thread, where nothing grows old.
  private var window: CreditWindow?
  /// Whether every unroll is played with the newest policy: credits return after the update instead of before it.
  private let isSynchronous: Bool
  /// Sources of the batch that is being trained on, in a synchronous run.
  private var inTraining: [PeerID] = []
  /// nil unless the run trains a text policy.
  private let units: UnitDesk?
  /// Acknowledgements sent, which tell who has waited longest.
  private var grants: UInt64 = 0

  /// - Parameters:
  ///   - units: numbers the work of a text run; nil in other runs.
  ///   - isInline: whether all roles share one thread.
  init(
    mailbox: TrainerMailbox<RunAlgorithm>, channel: PeerChannel, sessions: PeerSessions,
    configuration: RunConfiguration, plans: (any PlanSource)?, units: UnitDesk? = nil, isInline: Bool
  ) {
    self.plans = plans
    self.units = units
    self.mailbox = mailbox
    self.channel = channel
    self.sessions = sessions
    isSynchronous = configuration.learner.maximumPolicyLag == 0 && !isInline
    window =
      isInline
      ? nil
      : CreditWindow(
        unrollFrames: configuration.unrollFrames, batchFrames: configuration.learner.batchSize,
        queueBatches: configuration.learner.queueBatches, capacity: mailbox.queue.capacity,
        isSynchronous: isSynchronous)
  }

  /// Version of the newest policy that workers can get.
  var policyVersion: UInt64 { mailbox.policy.current.policyVersion }

  /// Answers the request for a policy that is newer than version `known`; 0 for any.
  func sendSnapshot(to peer: PeerID, newerThan known: UInt64) {
    let policy = mailbox.policy.current
    guard known == 0 || policy.policyVersion > known else { return answerHeartbeat(of: peer) }
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

  /// Sends a part of the run's plan, now or when rank 0 has sent one; none of it if there is no plan.
  func sendPlan(to peer: PeerID, episodes: Int) {
    if let part = plans.map({ $0.ask(episodes, for: peer) }) ?? Plan(version: 0) {
      channel.send(.plan(part), to: peer)
    }
  }

  /// Sends the parts of the plan that workers have waited for.
  func sendWaitingParts() {
    for (peer, part) in plans?.takeAnswers() ?? [] { channel.send(.plan(part), to: peer) }
  }

  /// Where the run's plan stands; nil if this learner makes none.
  var planReport: PlanReport? { plans?.standing }

  // MARK: Credits

  /// The trainer took a batch: its workers may get as many credits again.
  func taken(_ batch: TakenBatch, now: Double) {
    window?.took(
      unrolls: batch.sources.count, waited: batch.waited, queued: batch.queued, inFlight: sessions.creditsInFlight,
      isWanted: isCreditWanted, now: now)
    if isSynchronous { inTraining += batch.sources } else { sessions.oweCredits(to: batch.sources) }
  }

  /// The trainer has published the policy of its latest update.
  func trained() {
    units?.trained()
    sessions.oweCredits(to: inTraining)
    inTraining = []
  }

  /// Gives credits to the workers that hold the fewest, as far as the window allows. All others wait, instead of playing
  /// with a policy that grows stale.
  func grantCredits(now: Double) {
    if mailbox.queue.isAwaited { window?.starves(isWanted: isCreditWanted, now: now) }
    let room = min(window.map { $0.size - sessions.creditsInFlight } ?? .max, units?.available ?? .max)
    let takers = CreditTaker.share(room, among: sessions.creditors, perGrant: sessions.terms.creditsPerGrant)
    for taker in takers where taker.granted > 0 {
      let peer = taker.session.peer
      let work = units?.take(taker.granted, for: peer) ?? []
      let acknowledgement = Acknowledgement(
        sequence: taker.session.lastSequence, credits: UInt32(taker.granted), policyVersion: policyVersion,
        planVersion: plans?.version ?? 0, units: work)
      guard channel.send(.acknowledgement(acknowledgement), to: peer) else {
        units?.giveBack(work, of: peer)
        continue
      }
      grants += 1
      taker.session.grant(taker.granted, number: grants)
    }
  }

  /// Seconds until a trainer that waits is looked after again.
  var secondsToWait: Double { mailbox.queue.isAwaited && isCreditWanted ? Self.lookSeconds : .infinity }

  private static let lookSeconds = 0.5

  private var isCreditWanted: Bool { sessions.areCreditsWanted }
}
