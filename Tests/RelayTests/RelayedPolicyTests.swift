import Testing
import Transport
import Wire

@testable import Relay

@Suite struct RelayedPolicyTests {
  private let worker = PeerID([1], connection: 1)
  private var policy = RelayedPolicy()

  private func tensor(_ byte: UInt8) -> TensorFrame {
    TensorFrame(.parameters, .float32, [1], Frame(bytes: [byte, 0, 0, 0]))
  }

  /// However many workers ask, the learner is asked once for a version.
  @Test mutating func theLearnerIsAskedOnce() {
    let answers = [policy.answer(worker, newerThan: 0), policy.answer(PeerID([2], connection: 2), newerThan: 0)]
    #expect(answers.allSatisfy { $0 == nil } && policy.isAwaited)
    let asked = [policy.wants(nil), policy.wants(nil), policy.wants(3)]
    #expect(asked == [true, false, false])
    let waited = policy.install(Snapshot(version: 3), tensor(1))
    #expect(Set(waited.map(\.connection)) == [1, 2] && !policy.isAwaited && policy.version == 3)
    let later = [policy.wants(3), policy.wants(4)]
    #expect(later == [false, true])
    #expect(policy.received == 1 && policy.receivedBytes == 4)
  }

  @Test mutating func onlyNewerPoliciesTravel() throws {
    _ = policy.install(Snapshot(version: 3), tensor(1))
    for (known, isSnapshot) in [(0, true), (2, true), (3, false), (9, false)] {
      let given = policy.answer(worker, newerThan: UInt64(known))
      let answer = try #require(given)
      #expect(answer.tensors.count == (isSnapshot ? 1 : 0))
      if case .heartbeatReply(let reply) = answer.message { #expect(reply.policyVersion == 3) }
    }
  }

  /// A request that was lost with its session is made again.
  @Test mutating func aNewSessionBeginsAnew() {
    let first = policy.wants(nil)
    policy.beginSession()
    let second = policy.wants(5)
    policy.failedToAsk()
    let third = policy.wants(5)
    #expect(first && second && third && policy.version == nil)
  }
}
