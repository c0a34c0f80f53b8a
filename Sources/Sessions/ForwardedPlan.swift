import Transport
import Wire

/// A run's plan at a process between its scheduler and its players: a relay, or a further learner. It asks for what its peers
/// ask for, with one request at a time, and divides the answers. Used by one thread.
///
/// Which entries a worker can play is the worker's own affair, as it is without a process in between.
package struct ForwardedPlan: Sendable {
  /// A peer that has asked and has no answer yet.
  private struct Wish: Sendable {
    let peer: PeerID
    let episodes: Int
  }

  private var stock = PlanStock<PeerID>()
  /// In the order of asking, one for each peer at most.
  private var wishes: [Wish] = []
  private var isAsked = false
  /// Whether the newest answer had no entries, so that all who wait are told that there are none now.
  private var isDry = false
  /// Version of the plan that the newest answer came from.
  private var version: UInt64 = 0
  /// The newest version that is known of; 0 before the first.
  package private(set) var newest: UInt64 = 0

  package init() {}

  // MARK: Peers

  /// A peer asks for episodes.
  /// - Returns: an answer without entries if it waits for one already, because each request has its answer; else nil.
  package mutating func ask(_ episodes: Int, for peer: PeerID) -> Plan? {
    guard !wishes.contains(where: { $0.peer == peer }) else { return Plan(version: version) }
    wishes.append(Wish(peer: peer, episodes: episodes))
    return nil
  }

  /// The answers that can be given now, in the order of asking.
  package mutating func takeAnswers() -> [(peer: PeerID, plan: Plan)] {
    var answers: [(peer: PeerID, plan: Plan)] = []
    for wish in wishes {
      guard !stock.isEmpty || isDry else { break }
      answers.append((wish.peer, Plan(version: version, entries: stock.hand(out: wish.episodes, to: wish.peer))))
    }
    wishes.removeFirst(answers.count)
    isDry = false
    return answers
  }

  /// A peer reports episodes.
  /// - Returns: them, without the number of an entry that the peer does not have: it cannot report what others play.
  package mutating func finish(_ episodes: [FinishedEpisode], by peer: PeerID) -> [FinishedEpisode] {
    guard episodes.contains(where: { $0.entry != 0 }) else { return episodes }
    return episodes.map { episode in
      var checked = episode
      if episode.entry != 0, !stock.finish(episode.entry, by: peer) { checked.entry = 0 }
      return checked
    }
  }

  /// A peer has left: others play what it has not finished.
  package mutating func left(_ peer: PeerID) {
    wishes.removeAll { $0.peer == peer }
    stock.left(peer)
  }

  // MARK: The scheduler's side

  /// The request to send now; nil if nobody waits for more than there is, or an answer is on its way.
  package mutating func takeRequest() -> PlanRequest? {
    let missing = wishes.reduce(0) { $0 + $1.episodes } - stock.episodes
    guard !isAsked, missing > 0 else { return nil }
    isAsked = true
    return PlanRequest(episodes: min(missing, WireLimits.maximumPlannedEpisodes))
  }

  /// The request could not be sent.
  package mutating func failedToAsk() { isAsked = false }

  /// The plan has this version now.
  package mutating func heard(version: UInt64) { newest = version }

  /// Takes in the answer to the request; one that was not asked for is ignored.
  package mutating func take(_ plan: Plan) {
    guard isAsked else { return }
    isAsked = false
    isDry = plan.entries.isEmpty
    (version, newest) = (plan.version, max(newest, plan.version))
    stock.add(plan.entries)
  }
}
