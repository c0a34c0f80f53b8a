import Sessions
import Transport
import Wire

/// What the learner has named for the workers of a relay: episodes of the run's plan, and units of a text run. Which worker has
/// what is known here, so that a worker that leaves costs the run nothing. Used by one thread.
final class RelayedWork {
  private var plan = ForwardedPlan()
  private var units = UnitPool()
  /// Units of credits that wait for a policy.
  private var heldUnits: [UInt64] = []

  /// Version of the newest plan that the learner has named; 0 = the run has none.
  var planVersion: UInt64 { plan.newest }

  /// A session with the learner has begun: what it named in earlier ones is void.
  func beginSession() {
    (plan, units, heldUnits) = (ForwardedPlan(), UnitPool(), [])
  }

  /// A worker's session is over: others get its episodes and units.
  func left(_ session: PeerSession) {
    plan.left(session.peer)
    units.left(session.peer)
  }

  // MARK: The learner

  /// Takes in what an acknowledgement names.
  /// - Parameter isHeld: whether its credits wait for a policy.
  func heard(_ acknowledgement: Acknowledgement, isHeld: Bool) {
    if isHeld { heldUnits += acknowledgement.units } else { units.add(acknowledgement.units) }
    plan.heard(version: acknowledgement.planVersion)
  }

  /// The policy has come that credits waited for.
  func releaseUnits() {
    units.add(heldUnits)
    heldUnits = []
  }

  /// Takes in a part of the plan.
  func take(_ part: Plan) { plan.take(part) }

  /// Asks the learner for episodes if workers wait for them.
  /// - Parameter send: returns whether the request was sent.
  func askForEpisodes(_ send: (PlanRequest) -> Bool) {
    guard let request = plan.takeRequest() else { return }
    if !send(request) { plan.failedToAsk() }
  }

  // MARK: The workers

  /// A worker asks for episodes.
  /// - Returns: an answer to give at once; nil if the worker has to wait.
  func ask(_ episodes: Int, for peer: PeerID) -> Plan? { plan.ask(episodes, for: peer) }

  /// The parts of the plan that can be given to workers now.
  func takeParts() -> [(peer: PeerID, plan: Plan)] { plan.takeAnswers() }

  /// Units for a worker's credits; none in runs that number no work.
  func units(_ count: Int, for peer: PeerID) -> [UInt64] { units.take(count, for: peer) }

  /// A worker's trajectory as the learner is to read it: with the unit that was written, and without entries of the plan
  /// that the worker does not have.
  /// - Parameter writes: whether the run numbers its work.
  /// - Throws: `PeerFault` if the worker does not have the unit.
  func checked(_ header: Trajectory, of peer: PeerID, writes: Bool) throws(PeerFault) -> Trajectory {
    var header = header
    if writes { header.unit = try units.finish(header.unit, by: peer, trajectory: header.sequence) }
    header.episodes = plan.finish(header.episodes, by: peer)
    return header
  }
}
