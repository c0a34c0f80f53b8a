import Configuration
import Foundation
import Runtime
import TestSupport
import Testing
import Transport

@testable import Learner
@testable import Serial
@testable import Wire
@testable import Worker

/// Attacks on the identity of peers and on what a connection may take, against a learner that trains with a worker: the
/// worker stays, training continues, and the log names the offender.
@Suite(.serialized)
struct HostileConnectionTests {
  /// A learner that trains with an honest worker.
  private final class Target {
    let configuration: RunConfiguration
    let learner: ClusterLearner
    let keys: ClusterKeys?
    private let folder = Result { try TemporaryDirectory() }
    private let worker: ClusterWorker

    init(keyed: Bool = false) throws {
      let folder = try folder.get()
      var configuration = SmallRun.grid(seed: 1, steps: 1_000_000_000)
      configuration.annotator.kind = .none
      configuration.reward.model = .none
      configuration.transport.heartbeatSeconds = 0.5
      configuration.transport.liveness = 16
      self.configuration = configuration
      keys = keyed ? try ClusterKeys(in: folder) : nil
      let security = try keys?.add("honest", [.worker]) ?? .loopback
      learner = try ClusterLearner(configuration, in: folder, keys: keys)
      worker = try ClusterWorker("honest", learner.endpoint, security)
      try learner.waitForSteps(500)
    }

    func finish() throws {
      try learner.waitForSteps(500)
      try learner.stop()
      try worker.join()
      #expect(!learner.log.contains("refused honest"))
      #expect(!learner.log.contains("worker honest left"))
    }

    func raw(route: [UInt8] = []) throws -> RawConnection {
      guard case .tcp(_, let port) = learner.endpoint else { throw TransportError.misuse("no port") }
      let connection = try RawConnection(port: port)
      try connection.greet(route: route)
      return connection
    }

    /// Lines of the log that contain `text`.
    func lines(_ text: String) -> Int { learner.log.split(separator: "\n").count { $0.contains(text) } }
  }

  @Test func chosenRoutingIDsShutNobodyOut() throws {
    let target = try Target()
    let chosen = try (0..<50).map { try target.raw(route: [0, 1, 2, UInt8($0)]) }
    for connection in chosen {
      try? connection.send(frame: [1])
      #expect(connection.isCut(within: 5))
    }
    #expect((1...10).contains(target.lines("it chose its own routing id")))
    let late = try ClusterWorker("late", target.learner.endpoint)
    try target.learner.waitForLog("worker late joined")
    try late.stop()
    try target.finish()
  }

  /// A session's number is worth nothing on another connection, and what a peer was refused for does not follow its number.
  @Test func aSessionBelongsToItsConnection() throws {
    let target = try Target()
    let victim = try RawPeer(target.learner.endpoint)
    let welcome = try victim.hello(.worker, name: "victim")
    let thief = try RawPeer(target.learner.endpoint)
    thief.session = welcome.session
    let forged = try Forgery(target.configuration).trajectory()
    try thief.send(.trajectory(forged.header), tensors: forged.tensors)
    #expect(try thief.refusal().reason == .unknownPeer)
    victim.session ^= 1
    try victim.send(.heartbeat(Heartbeat()))
    #expect(try victim.refusal().text == "a message of another session")
    try target.finish()
  }

  @Test func aMessageWithoutEndIsCut() throws {
    let target = try Target()
    let peer = try target.raw()
    let frames = Array([[UInt8]](repeating: [1, 1, 7], count: 20_000).joined())
    var sent = 0
    while sent < 256 << 20, (try? peer.send(frames)) != nil { sent += frames.count }
    #expect(sent < 256 << 20)
    try target.learner.waitForLog("refused a connection from 127.0.0.1: more than 65536 bytes without a complete Hello")
    try target.finish()
  }

  @Test func aRefusedPeerIsCut() throws {
    let target = try Target()
    let peer = try target.raw()
    try peer.send(frame: [0xFF, 0xFF])
    #expect(peer.isCut(within: 10))
    try target.finish()
  }

  @Test func observersTakeNoWorkersPlace() throws {
    let target = try Target()
    let observers = try (0..<70).map { _ in
      let observer = try RawPeer(target.learner.endpoint)
      try observer.hello(.observer, name: "")
      return observer
    }
    #expect(try observers[0].refusal().reason == .full)
    let late = try ClusterWorker("late", target.learner.endpoint)
    try target.learner.waitForLog("worker late joined")
    try late.stop()
    try target.finish()
  }

  @Test func aWorkerGetsNoMoreCreditsThanTheQueueTakes() throws {
    let target = try Target()
    let greedy = try RawPeer(target.learner.endpoint)
    try greedy.send(.hello(RawPeer.greeting(.worker, name: "greedy", threads: 1_024)))
    let welcome = try greedy.expect("welcome") { if case .welcome(let welcome) = $0 { welcome } else { nil } }
    #expect((1...256).contains(Int(welcome.creditLimit)))

    var codec = RawPeer.codec
    codec.limits.maximumThreads = .max
    let liar = try RawPeer(target.learner.endpoint)
    try liar.send(
      codec.encode(
        Envelope(sequence: 1, message: .hello(RawPeer.greeting(.worker, name: "liar", threads: .max)))))
    #expect(try liar.refusal().text == "hello.threads is 4294967295, the limit 1024")
    try target.finish()
  }

  @Test func comingAndGoingDoesNotFillTheLog() throws {
    let target = try Target()
    let start = MonotonicClock.seconds
    for number in 0..<60 {
      let peer = try RawPeer(target.learner.endpoint)
      try peer.hello(.worker, name: "visitor-\(number)")
      try peer.send(.goodbye(Goodbye(reason: .leaving, text: "seen enough")))
    }
    try target.finish()
    // Each interval of ten seconds has at most twenty lines of each of two kinds, and four that count the rest.
    let intervals = Int((MonotonicClock.seconds - start) / 10) + 1
    #expect(target.lines("visitor") <= 2 * (20 + 4) * intervals)
  }

  @Test func aKeyAllowsItsRoleAlone() throws {
    let target = try Target(keyed: true)
    let keys = try #require(target.keys)
    let security = try keys.add("labels", [.annotator])
    try target.learner.waitForLog("allowed keys added: labels")
    let peer = try RawPeer(target.learner.endpoint, security)
    try peer.send(.hello(RawPeer.greeting(.worker, name: "honest")))
    let refused = try peer.refusal()
    #expect(refused.reason == .forbidden)
    #expect(refused.text == "the key labels is not for a peer of the role worker")

    let annotator = try RawPeer(target.learner.endpoint, security)
    #expect(try annotator.hello(.annotator, name: "anything").peerName == "labels")
    let second = try RawPeer(target.learner.endpoint, security)
    try second.send(.hello(RawPeer.greeting(.annotator, name: "")))
    #expect(try second.refusal().reason == .full)

    try keys.revoke("labels")
    #expect(try annotator.refusal().text == "the key labels was revoked or has expired")
    try target.learner.waitForLog("allowed keys removed: labels")
    #expect(target.lines("the key labels was revoked") == 1)
    try target.finish()
  }

  /// Nothing of a refused peer is trained on: the weights are those of a run that it did not attack.
  @Test func whatIsRefusedIsNotTrainedOn() throws {
    let configuration = SmallRun.grid(seed: 7, steps: 64 * 12)
    let expected = try SmallRun.play(configuration).policy
    let folder = try TemporaryDirectory()
    let run = try SmallRun.serial(configuration, in: folder)
    let forgery = try Forgery(configuration)
    var turns = 0
    while run.learner.end == nil {
      try run.turn()
      turns += 1
      guard turns % 4 == 0 else { continue }
      let peer = try RawPeer(SerialRun.endpoint, context: run.context)
      try peer.send(.hello(RawPeer.greeting(.worker, name: "hostile")))
      try run.learner.pump(now: 0)
      guard case .welcome(let welcome)? = try peer.receive() else { continue }
      peer.session = welcome.session
      var (header, tensors) = try forgery.trajectory { buffer, _ in buffer.rewards[0] = .infinity }
      header.sequence = 1
      (header.firstCaption, header.captions) = (1, [Array("A caption of nobody's.".utf8)])
      try peer.send(.trajectory(header), tensors: tensors)
      try run.learner.pump(now: 0)
      #expect(try peer.refusal().reason == .protocolViolation)
    }
    try run.run(until: { nil })
    #expect(turns > 8)
    let attacked = run.learner.policy
    #expect(attacked.policyVersion == expected.policyVersion)
    #expect(attacked.parameters.map(\.bitPattern) == expected.parameters.map(\.bitPattern))
    // Nor are its captions asked.
    for file in ["labels.sqlite", "labels.sqlite-wal"] {
      let stored = try? Data(contentsOf: folder.url.appending(path: "run/\(file)"))
      #expect(stored?.range(of: Data("A caption of nobody's.".utf8)) == nil)
    }
  }
}
