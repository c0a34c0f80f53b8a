import Testing
import Transport

@testable import Wire

struct LearnerLinkTests {
  /// A link that a learner has welcomed, and that learner's socket.
  private func welcomed() throws -> (link: LearnerLink, learner: RouterSocket) {
    let context = try MessagingContext()
    let learner = try RouterSocket(context)
    try learner.bind(.inproc("link"))
    let link = LearnerLink(
      context: context, options: LearnerLink.Options(endpoint: .inproc("link"), heartbeatSeconds: 10),
      hello: Hello(role: .annotator, name: "a", host: "h", processID: 1, session: 1))
    _ = link.pump(now: 0) { Heartbeat(counter: 1) }
    let peer = try #require(try learner.receive()).peer
    let frames = try WireCodec.encode(Envelope(sequence: 1, message: .welcome(welcome)))
    #expect(try learner.send(frames, to: peer) == .sent)
    _ = link.pump(now: 0) { Heartbeat(counter: 1) }
    #expect(link.isWelcomed)
    return (link, learner)
  }

  @Test func aMessageThatNoLearnerTakesEndsTheSessionAndSaysWhy() throws {
    let (link, learner) = try welcomed()
    var long = labels
    long.annotatorKind = String(repeating: "a", count: 65)
    #expect(!link.send(.labels(long)))
    guard case .lost(let reason, _)? = link.pump(now: 1, heartbeat: { Heartbeat(counter: 2) }).last else {
      Issue.record("the session goes on")
      return
    }
    #expect(reason.contains("labels.annotator_kind"))
    #expect(!link.isWelcomed)
    withExtendedLifetime(learner) {}
  }
}
