import Configuration
import Testing
import Transport
import Wire

@testable import Learner

struct PeerSessionsTests {
  private let sessions: PeerSessions

  init() {
    var configuration = TrajectorySource.configuration()
    configuration.transport.heartbeatSeconds = 1
    configuration.transport.liveness = 3
    sessions = PeerSessions(
      SessionTerms(configuration, inline: false),
      run: RunIdentity(runID: 7, runName: "run", configuration: "", configurationHash: [1, 2]))
  }

  private func hello(_ name: String = "", role: Role = .worker, hash: [UInt8] = []) -> Hello {
    Hello(role: role, name: name, host: "host", configurationHash: hash, threads: 2)
  }

  @Test func namesAreUnique() throws {
    let names = try (1...4).map { number in
      try sessions.admit(hello(number < 3 ? "w" : ""), from: PeerID([UInt8(number)]), now: 0).name
    }
    #expect(names == ["w", "w.2", "w0", "w1"])
    #expect(sessions.all.map(\.number) == [1, 2, 3, 4] && sessions.count(.worker) == 4)
  }

  @Test func refusals() throws {
    let peer = PeerID([1])
    _ = try sessions.admit(hello(hash: [1, 2]), from: peer, now: 0)
    #expect(throws: PeerFault.self) { try sessions.admit(hello(), from: peer, now: 0) }
    #expect(throws: PeerFault.self) { try sessions.admit(hello(hash: [9]), from: PeerID([2]), now: 0) }
    #expect(throws: PeerFault.self) {
      try sessions.admit(Hello(role: .worker, name: "", host: "", runID: 8), from: PeerID([2]), now: 0)
    }
    sessions.ban(PeerID([3]), for: .unknownPeer)
    #expect(!sessions.isBanned(PeerID([3])))
    sessions.ban(peer, for: .protocolViolation)
    sessions.ban(peer, for: .protocolViolation)
    #expect(sessions.isBanned(peer))
    #expect(sessions.statistics == PeerStatistics(refused: 3, banned: 1))
  }

  /// A batch of 16 frames needs two unrolls of one group, so a group gets two credits at least.
  @Test func creditsAreSpentOwedAndReturned() throws {
    let peer = PeerID([1])
    let session = try sessions.admit(hello(), from: peer, now: 0)
    #expect(sessions.terms.creditsPerGroup >= 2)
    try session.accept(trajectory: 1)
    #expect(throws: PeerFault.self) { try session.accept(trajectory: 1) }
    sessions.oweCredits(to: [peer, PeerID([9])])
    #expect(sessions.creditors.map(\.peer) == [peer])
    session.returnCredits()
    #expect(sessions.creditors.isEmpty)
    let limit = sessions.terms.creditLimit(for: hello())
    for number in 2..<(2 + UInt64(limit)) { try session.accept(trajectory: number) }
    #expect(throws: PeerFault.self) { try session.accept(trajectory: .max) }
  }

  @Test func captionsContinueTheNumbering() throws {
    let session = try sessions.admit(hello(), from: PeerID([1]), now: 0)
    try session.add(captions: [[1], [2]], first: 1) { UInt32($0[0]) + 100 }
    #expect(session.globalCaptions == [0, 101, 102])
    #expect(throws: PeerFault.self) { try session.add(captions: [[3]], first: 5) { _ in 0 } }
  }

  @Test func silentPeersAreFound() throws {
    let session = try sessions.admit(hello(), from: PeerID([1]), now: 0)
    #expect(sessions.silent(now: 2.9).isEmpty)
    session.heard(now: 2)
    #expect(sessions.silent(now: 4.9).isEmpty)
    #expect(sessions.silent(now: 5).map(\.peer) == [PeerID([1])])
  }
}
