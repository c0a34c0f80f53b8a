import Tensor
import Testing
import Transport

@testable import Wire

/// A link and the learner's socket that it talks to, on one thread.
private struct WelcomedLink {
  let link: LearnerLink
  let learner: RouterSocket
  let peer: PeerID

  /// - Parameter welcome: the learner's answer to the link's Hello.
  init(_ welcome: Welcome) throws {
    let context = try MessagingContext()
    let options = SocketOptions(maximumFrameBytes: welcome.maximumMessageBytes)
    learner = try RouterSocket(context, options: options)
    try learner.bind(Endpoint("127.0.0.1:0"))
    link = LearnerLink(
      context: context, options: LearnerLink.Options(endpoint: try learner.boundEndpoint),
      hello: Hello(role: .worker, name: "a", host: "h"), seed: 1)
    peer = try Self.awaited { [link, learner] in
      _ = link.pump(now: 0) { Heartbeat() }
      return try learner.receive()?.peer
    }
    #expect(try learner.send(codec.encode(Envelope(sequence: 1, message: .welcome(welcome))), to: peer) == .sent)
    let link = link
    _ = try Self.awaited { link.pump(now: 0, heartbeat: { Heartbeat() }).isEmpty ? nil : true }
    #expect(link.isWelcomed)
  }

  /// The first value that `look` gives within ten seconds.
  static func awaited<Value>(_ look: () throws -> Value?) throws -> Value {
    for _ in 0..<5_000 {
      if let value = try look() { return value }
      _ = try Poller().wait(milliseconds: 2)
    }
    throw TransportError.misuse("nothing came")
  }
}

struct LearnerLinkTests {
  @Test func aMessageThatEveryLearnerRefusesEndsTheSessionAndSaysWhy() throws {
    let test = try WelcomedLink(welcome)
    var long = labels
    long.annotatorKind = String(repeating: "a", count: 65)
    #expect(!test.link.send(.labels(long)))
    guard case .lost(let reason, _)? = test.link.pump(now: 0.1, heartbeat: { Heartbeat() }).last else {
      Issue.record("the session continues")
      return
    }
    #expect(reason.contains("labels.annotator_kind"))
    #expect(!test.link.isWelcomed)
  }

  @Test func theSessionKeepsThePaceThatWelcomeStates() throws {
    let test = try WelcomedLink(welcome)
    // Welcome allows more than any peer does.
    #expect(test.link.limits.maximumMessageBytes == 2_048 << 20)
    // Three intervals of half a second.
    #expect(
      !test.link.pump(now: 1.4, heartbeat: { Heartbeat() }).contains { if case .lost = $0 { true } else { false } })
    guard case .lost(let reason, _)? = test.link.pump(now: 1.6, heartbeat: { Heartbeat() }).last else {
      Issue.record("the silence was not noticed")
      return
    }
    #expect(reason.contains("left 3 heartbeats unanswered"))
  }

  /// 17,000,000 parameters take 68 MB, which is more than the limit of a run that sets none.
  @Test func aLargePolicyArrivesIfTheRunAllowsIt() throws {
    let count = 17_000_000
    let frame = Frame(count: 4 * count) { $0.initializeMemory(as: UInt8.self, repeating: 1) }
    let tensors = [TensorFrame(.parameters, .float32, [count], frame)]
    let snapshot = Envelope(sequence: 2, message: .snapshot(Snapshot(version: 7)), tensors: tensors)
    #expect(throws: WireError.beyondLimit(field: "parameters", value: 4 * count, limit: 64 << 20)) {
      try codec.encode(snapshot)
    }

    var generous = welcome
    generous.maximumMessageBytes = 128 << 20
    let test = try WelcomedLink(generous)
    let limits = WireLimits(maximumMessageBytes: generous.maximumMessageBytes)
    #expect(try test.learner.send(WireCodec(limits: limits).encode(snapshot), to: test.peer) == .sent)
    let received = try WelcomedLink.awaited { () -> Envelope? in
      for case .received(let envelope) in test.link.pump(now: 0.1, heartbeat: { Heartbeat() }) { return envelope }
      return nil
    }
    #expect(received.message == snapshot.message)
    #expect(received.tensors.first?.shape == [count])
  }
}
