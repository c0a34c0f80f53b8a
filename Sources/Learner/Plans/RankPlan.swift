import Sessions
import Trajectories
import Transport
import Wire

/// The run's plan at a learner that does not make it. What its workers ask for goes to rank 0 with the next round of the ranks,
/// and comes back with a later one. Used by the I/O thread.
final class RankPlan: PlanSource {
  private var plan = ForwardedPlan()
  private let mailbox: RankMailbox

  init(mailbox: RankMailbox) { self.mailbox = mailbox }

  var version: UInt64 { max(1, plan.newest) }

  var standing: PlanReport? { nil }

  func ask(_ episodes: Int, for peer: PeerID) -> Plan? { plan.ask(episodes, for: peer) }

  func note(_ episodes: [FinishedEpisode], facts: FactSums, by peer: PeerID) -> [FinishedEpisode] {
    plan.finish(episodes, by: peer)
  }

  func left(_ peer: PeerID) { plan.left(peer) }

  func take(_ part: Plan) { plan.take(part) }

  func takeAnswers() -> [(peer: PeerID, plan: Plan)] {
    let answers = plan.takeAnswers()
    if let request = plan.takeRequest() { mailbox.ask(request.episodes) }
    return answers
  }
}
