import Configuration
import LabelStore
import TestSupport
import Testing
import Trajectories
import Transport
import Wire

@testable import Worker

/// Attacks of peers that can connect: each costs its sender the connection, and the learner nothing.
@Suite(.serialized)
struct HostilePeerTests {
  private let folder: TemporaryDirectory
  private let configuration: RunConfiguration
  private let learner: ClusterLearner
  private let worker: ClusterWorker

  init() throws {
    folder = try TemporaryDirectory()
    var configuration = SmallRun.grid(seed: 1, steps: 1_000_000_000)
    configuration.annotator.kind = .none
    configuration.reward.model = .none
    configuration.transport.heartbeatSeconds = 0.25
    configuration.transport.liveness = 8
    self.configuration = configuration
    learner = try ClusterLearner(configuration, in: folder)
    worker = try ClusterWorker("honest", learner.endpoint)
    try learner.waitForSteps(500)
  }

  /// The learner trains on with the honest worker, and every frame it received is accounted for.
  private func finish() throws {
    try learner.waitForSteps(500)
    try learner.stop()
    try worker.join()
    let counters = learner.counters
    #expect(counters.playedSteps == counters.trainedSteps + counters.discardedSteps + learner.queued)
    #expect(!learner.log.contains("refused honest"))
    #expect(!learner.log.contains("worker honest left"))
  }

  private func peer() throws -> RawPeer { try RawPeer(learner.endpoint) }

  @Test func bytesThatAreNoMessage() throws {
    let version = UInt8(Envelope.schemaVersion)
    let garbage: [[UInt8]] = [
      Array(repeating: 0xFF, count: 100), [], [0x08], [0x08, version], [0x08, version, 0xFF, 0xFF], Array(0...255),
    ]
    for bytes in garbage {
      let peer = try peer()
      try peer.send([Frame(bytes: bytes)])
      let refused = try peer.refusal()
      #expect(refused.reason == .protocolViolation, "\(bytes)")
      #expect(!refused.text.isEmpty)
    }
    try finish()
  }

  @Test func aHeaderBeyondTheLimit() throws {
    let limit = WireLimits(maximumMessageBytes: 64 << 20).maximumHeaderBytes
    let peer = try peer()
    // A newcomer with as many bytes is cut without an answer.
    try peer.hello(.worker, name: "wordy")
    try peer.send([Frame(bytes: [0x08, UInt8(Envelope.schemaVersion)] + [UInt8](repeating: 0, count: limit))])
    let refused = try peer.refusal()
    #expect(refused.reason == .protocolViolation)
    #expect(refused.text == "envelope is \(limit + 2), the limit \(limit)")
    try finish()
  }

  @Test func anotherSchemaVersion() throws {
    let peer = try peer()
    let hello = try RawPeer.codec.encode(Envelope(sequence: 1, message: .hello(RawPeer.greeting(.worker, name: "new"))))
    var bytes = hello[0].copiedBytes()
    // The envelope's first field.
    #expect(Array(bytes.prefix(2)) == [0x08, UInt8(Envelope.schemaVersion)])
    bytes[1] = 99
    try peer.send([Frame(bytes: bytes)])
    let refused = try peer.refusal()
    #expect(refused.reason == .schemaVersion)
    #expect(refused.text.hasPrefix("the peer speaks schema version 99, this process version \(Envelope.schemaVersion)"))
    try finish()
  }

  @Test func aTrajectoryBeforeHello() throws {
    let peer = try peer()
    let (header, tensors) = try Forgery(configuration).trajectory()
    try peer.send(.trajectory(header), tensors: tensors)
    let refused = try peer.refusal()
    #expect(refused.reason == .unknownPeer)
    #expect(refused.text == "a message before Hello")
    // The peer is not banned.
    try peer.hello(.worker, name: "late")
    peer.session ^= 1
    try peer.send(.heartbeat(Heartbeat()))
    #expect(try peer.refusal().text == "a message of another session")
    try finish()
  }

  @Test func trajectoriesWithoutCredit() throws {
    let peer = try peer()
    let welcome = try peer.hello(.worker, name: "greedy")
    let forgery = try Forgery(configuration)
    // Even with the credits returned meanwhile: the trainer consumes unrolls slower than the peer resends them.
    let forged = try forgery.trajectory()
    var refused: Refused?
    for sequence in UInt64(1)...100_000 where refused == nil {
      var header = forged.header
      header.sequence = sequence
      try peer.send(.trajectory(header), tensors: forged.tensors)
      while let message = try peer.receive() { if case .refused(let reason) = message { refused = reason } }
    }
    #expect(refused?.reason == .protocolViolation)
    #expect(refused?.text == "sent a message beyond its credit of \(welcome.creditLimit)")
    try learner.waitForLog("refused greedy")
    try finish()
  }

  /// Mistakes in a trajectory of a welcome peer, and the words of the refusal.
  enum Forged: String, CaseIterable {
    case rewardNotANumber, actionBeyondTheLast, unknownCaption, captionOutOfOrder, sequenceAgain, otherUnrollLength
    case policyOfTheFuture, stateFiniteButHuge, observationOfNoTile

    var complaint: String {
      switch self {
      case .rewardNotANumber: "trajectory 1: rewards[0, 3] is nan; at most 1000000"
      case .actionBeyondTheLast: "trajectory 1: actions[0, 0] is 1000; it must be from 0 to "
      case .unknownCaption: "trajectory 1: captions[1, 1] is 1; it must be from 0 to 0"
      case .captionOutOfOrder: "captions start at 7; 1 was next"
      case .sequenceAgain: "trajectory 0 after 0"
      case .otherUnrollLength: "trajectory 1: the tensor observations has shape"
      case .policyOfTheFuture: "trajectory 1: last_policy_version is \(UInt64.max); the newest is "
      case .stateFiniteButHuge: "trajectory 1: truncationValues[0, 1, 0] is 3.4e+38; at most 1000000"
      case .observationOfNoTile: "trajectory 1: observations[0, 0].cells[0] is 255; it must be from 0 to "
      }
    }

    func spoil(_ buffer: TrajectoryBuffer, _ header: inout Trajectory) {
      switch self {
      case .rewardNotANumber: buffer.rewards[3] = .nan
      case .actionBeyondTheLast: buffer.actions[0] = 1000
      case .unknownCaption: buffer.captions[5] = 1
      case .captionOutOfOrder:
        header.firstCaption = 7
        header.captions = [[65]]
      case .sequenceAgain: header.sequence = 0
      case .otherUnrollLength: break
      case .policyOfTheFuture: header.lastPolicyVersion = .max
      case .stateFiniteButHuge: buffer.truncationValues[1] = 3.4e38
      case .observationOfNoTile: buffer.observations.storeBytes(of: 255, as: UInt8.self)
      }
    }
  }

  @Test func spoiledTrajectories() throws {
    for forged in Forged.allCases {
      let peer = try peer()
      try peer.hello(.worker, name: forged.rawValue)
      var other = configuration
      if forged == .otherUnrollLength { other.learner.unrollLength = 4 }
      let (header, tensors) = try Forgery(other).trajectory(spoil: forged.spoil)
      try peer.send(.trajectory(header), tensors: tensors)
      let refused = try peer.refusal()
      #expect(refused.reason == .protocolViolation)
      #expect(refused.text.hasPrefix(forged.complaint), "\(refused.text)")
    }
    try finish()
  }

  /// Content that would become large, and damaged content: neither is trained on or takes memory.
  @Test func compressedTrajectoriesThatAreNotWhatTheySay() throws {
    let compressor = TensorCompressor()
    let zeros = Frame(bytes: Array(repeating: 0, count: 32 << 20))
    let large = compressor.compress(TensorFrame(TensorName(Step.observations.tensor), .uint8, [zeros.count], zeros))
      .frame.copiedBytes()
    for (name, complaint) in [
      ("bomb", "observations: the compressed content does not state"),
      ("torn", "observations: the compressed content cannot be read"),
    ] {
      let peer = try peer()
      try peer.hello(.worker, name: name)
      let (header, plain) = try Forgery(configuration).trajectory()
      var tensors = plain.map(compressor.compress)
      let honest = tensors[0]
      #expect(honest.encoding == .zstandard)
      let bytes = name == "bomb" ? large.prefix(honest.byteCount - 1) : honest.frame.copiedBytes().dropLast()
      tensors[0] = TensorFrame(honest.name, honest.type, honest.shape, Frame(bytes: Array(bytes)), encoding: .zstandard)
      try peer.send(.trajectory(header), tensors: tensors)
      let refused = try peer.refusal()
      #expect(refused.reason == .protocolViolation)
      #expect(refused.text.hasPrefix("trajectory 1: \(complaint)"), "\(refused.text)")
    }
    try finish()
  }

  /// An annotator may be slow or confused; its answers are refused one by one.
  @Test func labelsForCaptionsNeverAsked() throws {
    let peer = try peer()
    try peer.hello(.annotator, name: "eager")
    try peer.send(
      .labels(
        Labels(
          task: 5, ids: [1, 2, 99], outcomes: [.labelled, .labelled, .abstained], values: [1, 1, 0],
          annotatorKind: "rules", annotatorVersion: "1", latencySeconds: 0)))
    let task = try peer.expect("acknowledgement") {
      if case .labelsAcknowledgement(let done) = $0 { done.task } else { nil }
    }
    #expect(task == 5)
    try learner.waitForLog("eager: 3 labels refused: not asked, or answered already")
    try finish()
    #expect(try LabelStore(path: learner.labels, access: .readOnly).counts().answers == 0)
  }

  @Test func messagesThatAreNotTheSendersToSend() throws {
    let labels = Labels(
      task: 1, ids: [1], outcomes: [.labelled], values: [1], annotatorKind: "rules", annotatorVersion: "1",
      latencySeconds: 0)
    let attempts: [(Role, Message, String)] = [
      (.worker, .labels(labels), "a message that a worker does not send"),
      (.annotator, .snapshotRequest(SnapshotRequest()), "a message that a annotator does not send"),
      (.observer, .ready(Ready(capacity: 1)), "a message that a observer does not send"),
      (.worker, .hello(RawPeer.greeting(.worker, name: "again")), "a second Hello"),
    ]
    for (role, message, complaint) in attempts {
      let peer = try peer()
      try peer.hello(role, name: "confused")
      try peer.send(message)
      let refused = try peer.refusal()
      #expect(refused.reason == .protocolViolation)
      #expect(refused.text == complaint)
    }
    try finish()
  }

  @Test func anotherConfiguration() throws {
    let peer = try peer()
    try peer.send(.hello(RawPeer.greeting(.worker, name: "other", hash: Array("0123456789abcdef".utf8))))
    let refused = try peer.refusal()
    #expect(refused.reason == .configuration)
    #expect(refused.text.contains("0123456789ab"))
    #expect(refused.text.contains(configuration.hash.prefix(12)))
    try finish()
  }
}
