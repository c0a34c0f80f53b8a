import Configuration
import Testing
import Transport
import Wire

@testable import Sessions

struct PeerSessionsTests {
  private let sessions: PeerSessions

  init() {
    var configuration = RunConfiguration()
    configuration.worker.environmentsPerGroup = 2
    configuration.learner.unrollLength = 4
    configuration.learner.batchSize = 16
    configuration.transport.heartbeatSeconds = 1
    configuration.transport.liveness = 3
    sessions = PeerSessions(
      SessionTerms(configuration, inline: false), limits: SessionLimits(queuedUnrolls: 64),
      run: RunIdentity(runID: 7, runName: "run", configuration: "", configurationHash: [1, 2]))
  }

  /// Begins the session of a connection.
  @discardableResult private func admit(
    _ hello: Hello, _ peer: PeerID, key: CurvePublicKey? = nil, entry: AllowedKey? = nil
  ) throws(PeerFault) -> PeerSession {
    try sessions.admit(
      hello, from: peer, identity: PeerIdentity(address: "127.0.0.1", key: key), entry: entry, now: 0)
  }

  /// The reason for which a Hello is refused.
  private func refusal(
    _ hello: Hello, _ peer: PeerID, key: CurvePublicKey? = nil, entry: AllowedKey? = nil
  ) -> Wire.RefusalReason? {
    do throws(PeerFault) {
      try admit(hello, peer, key: key, entry: entry)
      return nil
    } catch {
      return error.refused.reason
    }
  }

  private func hello(_ name: String = "", role: Role = .worker, hash: [UInt8] = []) -> Hello {
    Hello(role: role, name: name, host: "host", configurationHash: hash, threads: 2)
  }

  @Test func namesAreUnique() throws {
    let names = try (1...4).map { number in
      try admit(hello(number < 3 ? "w" : ""), PeerID([UInt8(number)])).name
    }
    #expect(names == ["w", "w.2", "w0", "w1"])
    #expect(sessions.all.map(\.number) == [1, 2, 3, 4] && sessions.count(.worker) == 4)
  }

  @Test func refusals() throws {
    let peer = PeerID([1])
    try admit(hello(hash: [1, 2]), peer)
    #expect(refusal(hello(), peer) == .protocolViolation)
    #expect(refusal(hello(hash: [9]), PeerID([2])) == .configuration)
    #expect(refusal(Hello(role: .worker, name: "", host: "", runID: 8), PeerID([2])) == .otherRun)
    sessions.countRefusal(banned: false)
    sessions.countRefusal(banned: true)
    #expect(sessions.statistics == PeerStatistics(refused: 2, banned: 1))
  }

  /// The same routing id on another connection is another peer.
  @Test func aSessionBelongsToItsConnection() throws {
    let session = try admit(hello(), PeerID([1], connection: 1))
    #expect(sessions[PeerID([1], connection: 2)] == nil)
    let other = try admit(hello(), PeerID([1], connection: 2))
    #expect(other !== session && other.token != session.token)
  }

  @Test func aKeySaysWhoItsOwnerIsAndWhatItMayDo() throws {
    let key = try CurveKeyPair.generate().publicKey
    let worker = AllowedKey(name: "mars", roles: [.worker], sessions: 1)
    #expect(refusal(hello(role: .annotator), PeerID([1]), key: key, entry: worker) == .forbidden)
    #expect(refusal(hello(role: .worker), PeerID([1]), key: key, entry: nil) == .forbidden)
    let session = try admit(hello("venus"), PeerID([1]), key: key, entry: worker)
    #expect(session.name == "mars" && session.key?.name == "mars")
    #expect(refusal(hello(), PeerID([2]), key: key, entry: worker) == .full)
    _ = sessions.remove(PeerID([1]))
    try admit(hello(), PeerID([2]), key: key, entry: worker)
    let shared = AllowedKey(name: "local")
    let other = try CurveKeyPair.generate().publicKey
    let names = try (3...5).map { try admit(hello(), PeerID([$0]), key: other, entry: shared).name }
    #expect(names == ["local", "local.2", "local.3"])
  }

  @Test func rolesDoNotTakeEachOthersPlaces() throws {
    for number in 0..<UInt8(SessionLimits(queuedUnrolls: 1).observers) {
      try admit(hello(role: .observer), PeerID([number]))
    }
    #expect(sessions.displaced(by: .observer)?.peer == PeerID([0]))
    #expect(sessions.displaced(by: .worker) == nil)
    #expect(refusal(hello(role: .observer), PeerID([200])) == .full)
    try admit(hello(), PeerID([201]))
  }

  /// Whatever a worker says of its threads, it gets no more than the queue can take, and leaves half to the others.
  @Test func creditsAreBounded() throws {
    let greedy = Hello(role: .worker, name: "", host: "", threads: 1024)
    let credits = try (0..<8).map { try admit(greedy, PeerID([$0])).creditLimit }
    #expect(credits == [64, 64, 64, 32, 16, 8, 4, 2])
    #expect(refusal(greedy, PeerID([100])) == nil)
    #expect(refusal(greedy, PeerID([101])) == .full)
  }

  /// A batch of 16 frames needs two unrolls of one group, so a group gets two credits at least.
  @Test func creditsAreGrantedSpentAndOwed() throws {
    let peer = PeerID([1])
    let session = try admit(hello(), peer)
    let limit = sessions.terms.creditLimit(for: hello())
    #expect(sessions.terms.creditsPerGroup >= 2)
    // It gets none before it is ready, and cannot play without.
    #expect(sessions.creditors.isEmpty && !sessions.areCreditsWanted)
    #expect(throws: PeerFault.self) { try session.accept(trajectory: 1) }
    session.isReady = true
    #expect(sessions.creditors.map(\.peer) == [peer] && sessions.areCreditsWanted)
    session.grant(limit, number: 1)
    #expect(sessions.creditors.isEmpty && sessions.creditsInFlight == limit)
    try session.accept(trajectory: 1)
    #expect(throws: PeerFault.self) { try session.accept(trajectory: 1) }
    #expect(sessions.creditsInFlight == limit && session.heldCredits == limit - 1)
    sessions.oweCredits(to: [peer, PeerID([9])])
    #expect(sessions.creditors.map(\.peer) == [peer] && sessions.creditsInFlight == limit - 1)
    session.grant(1, number: 2)
    #expect(sessions.creditors.isEmpty)
    for number in 2..<(2 + UInt64(limit)) { try session.accept(trajectory: number) }
    #expect(throws: PeerFault.self) { try session.accept(trajectory: .max) }
  }

  private func shares(_ room: Int, perGrant: Int = 1, _ sessions: [PeerSession]) -> [Int] {
    CreditTaker.share(room, among: sessions, perGrant: perGrant).map(\.granted)
  }

  @Test func creditsGoToThreadsThatHaveNone() throws {
    let small = try admit(Hello(role: .worker, name: "", host: "", threads: 1), PeerID([1]))
    let large = try admit(Hello(role: .worker, name: "", host: "", threads: 4), PeerID([2]))
    #expect(shares(0, [small, large]) == [0, 0])
    #expect(shares(5, [small, large]) == [1, 4])
    #expect(shares(4, perGrant: 2, [small, large]) == [2, 2])
    small.grant(1, number: 1)
    #expect(shares(3, [small, large]) == [0, 3])
    // Nobody gets more than it may have in flight.
    #expect(shares(1000, [small, large]) == [small.creditLimit - 1, large.creditLimit])
  }

  /// Among equal workers the one that has waited longest is next, so that none is forgotten.
  @Test func everybodyGetsATurn() throws {
    let workers = try (1...5).map { try admit(Hello(role: .worker, name: "", host: "", threads: 1), PeerID([$0])) }
    var turns = [Int](repeating: 0, count: workers.count)
    for number in 1...20 {
      let next = try #require(shares(1, workers).firstIndex(of: 1))
      turns[next] += 1
      workers[next].grant(1, number: UInt64(number))
      try workers[next].accept(trajectory: UInt64(number))
      workers[next].oweCredit()
    }
    #expect(turns == [4, 4, 4, 4, 4])
  }

  @Test func captionsContinueTheNumbering() throws {
    let session = try admit(hello(), PeerID([1]))
    try session.add(captions: [[1], [2]], first: 1) { UInt32($0[0]) + 100 }
    #expect(session.globalCaptions == [0, 101, 102])
    #expect(throws: PeerFault.self) { try session.add(captions: [[3]], first: 5) { _ in 0 } }
  }

  @Test func silentPeersAreFound() throws {
    let session = try admit(hello(), PeerID([1]))
    #expect(sessions.silent(now: 2.9).isEmpty)
    session.heard(now: 2)
    #expect(sessions.silent(now: 4.9).isEmpty)
    #expect(sessions.silent(now: 5).map(\.peer) == [PeerID([1])])
  }

  /// A relay's workers come and go, and its credits with them; those that it holds are not taken away.
  @Test func creditsFollowTheThreads() throws {
    let relay = try admit(Hello(role: .worker, name: "relay", host: "h", threads: 1), PeerID([1], connection: 1))
    let one = relay.creditLimit
    relay.grant(one, number: 1)
    #expect(sessions.resize(relay, threads: 4) && relay.threads == 4 && relay.creditLimit == 4 * one)
    #expect(relay.owedCredits == 3 * one && relay.creditsInFlight == one)
    relay.grant(one, number: 2)
    #expect(sessions.resize(relay, threads: 1) && relay.threads == 1 && relay.creditLimit == 2 * one)
    #expect(relay.owedCredits == 0 && relay.creditsInFlight == 2 * one)
    for sequence in 1...one {
      try relay.accept(trajectory: UInt64(sequence))
      relay.oweCredit()
    }
    #expect(sessions.resize(relay, threads: 1) && relay.creditLimit == one && relay.owedCredits == 0)
    #expect(!sessions.resize(relay, threads: 1) && !sessions.resize(relay, threads: 0))
  }
}
