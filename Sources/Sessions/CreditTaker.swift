/// A session, and the credits that it is about to get.
package struct CreditTaker {
  package let session: PeerSession
  package var granted = 0

  /// Shares credits out, one grant after the other: each goes to the session with the fewest unused credits for its threads,
  /// because threads without credit do nothing until they get one; among equals to the one that has waited longest.
  /// - Parameters:
  ///   - room: credits to share out; the last grant may exceed it.
  ///   - perGrant: credits of a grant.
  package static func share(_ room: Int, among sessions: [PeerSession], perGrant: Int) -> [CreditTaker] {
    var takers = sessions.map { CreditTaker(session: $0) }
    var room = room
    while room > 0,
      let index = takers.indices.filter({ takers[$0].wants(perGrant) }).min(by: { takers[$0].precedes(takers[$1]) })
    {
      takers[index].granted += perGrant
      room -= perGrant
    }
    return takers
  }

  private func wants(_ credits: Int) -> Bool { session.owedCredits - granted >= credits }

  private func precedes(_ other: CreditTaker) -> Bool {
    let (own, others) = (session.heldCredits + granted, other.session.heldCredits + other.granted)
    let (ownShare, othersShare) = (own * other.session.threads, others * session.threads)
    return ownShare != othersShare ? ownShare < othersShare : session.latestGrant < other.session.latestGrant
  }
}
