import Trajectories
import Transport
import Wire

/// Where the workers of a learner get their parts of the run's plan: from the desk, or at a further learner from rank 0.
/// Used by the I/O thread.
protocol PlanSource: AnyObject {
  /// Version of the newest plan, at least 1.
  var version: UInt64 { get }

  /// Where the plan stands; nil at a learner that does not make it.
  var standing: PlanReport? { get }

  /// A worker asks for episodes.
  /// - Returns: the answer; nil if it comes later, from `takeAnswers`.
  func ask(_ episodes: Int, for peer: PeerID) -> Plan?

  /// Takes in episodes of a worker that have ended.
  /// - Parameter facts: what they report.
  /// - Returns: them as rank 0 is to hear of them.
  @discardableResult
  func note(_ episodes: [FinishedEpisode], facts: FactSums, by peer: PeerID) -> [FinishedEpisode]

  /// A worker has left: others play what it has not finished.
  func left(_ peer: PeerID)

  /// At rank 0: takes in what another learner tells of its workers.
  /// - Returns: the part of the plan that they ask for, if they do.
  func take(_ news: RankNews) -> Plan?

  /// At another rank: takes in the part of the plan that rank 0 has sent.
  func take(_ part: Plan)

  /// At another rank: the answers that workers can be given now.
  func takeAnswers() -> [(peer: PeerID, plan: Plan)]
}

extension PlanSource {
  func take(_ news: RankNews) -> Plan? { nil }

  func take(_ part: Plan) {}

  func takeAnswers() -> [(peer: PeerID, plan: Plan)] { [] }
}
