import ActorCritic
import Assembly
import Configuration
import Environments
import Tensor
import Transport
import Wire

@testable import Worker

/// A peer that sends any message of the test.
final class RawPeer {
  private let socket: DealerSocket
  private var sequence: UInt64 = 0
  /// The session's number that messages carry; a test may forge it.
  var session: UInt64 = 0
  static let codec = WireCodec(limits: WireLimits(maximumMessageBytes: 64 << 20))

  /// - Parameter context: that of the learner if the endpoint is inside the process.
  init(_ endpoint: Endpoint, _ security: ConnectSecurity = .loopback, context: MessagingContext? = nil) throws {
    socket = try DealerSocket(
      context ?? MessagingContext(), options: SocketOptions(maximumFrameBytes: nil), security: security)
    try socket.connect(endpoint)
  }

  func send(_ frames: [Frame]) throws { try wait(until: "sending") { try socket.send(frames) == .sent } }

  func send(_ message: Message, tensors: [TensorFrame] = []) throws {
    sequence += 1
    try send(Self.codec.encode(Envelope(sequence: sequence, message: message, tensors: tensors, session: session)))
  }

  /// The next message, if one has come.
  func receive() throws -> Message? {
    try socket.receive().map { try Self.codec.decode($0.frames).message }
  }

  /// The next message that `select` accepts; others are skipped.
  func expect<Value>(_ what: String, _ select: (Message) -> Value?) throws -> Value {
    var found: Value?
    try wait(until: what) {
      while found == nil, let message = try receive() { found = select(message) }
      return found != nil
    }
    guard let found else { throw Timeout(what: what) }
    return found
  }

  func refusal() throws -> Refused {
    try expect("refusal") { if case .refused(let refused) = $0 { refused } else { nil } }
  }

  @discardableResult
  func hello(_ role: Role, name: String, hash: [UInt8] = []) throws -> Welcome {
    try send(.hello(Self.greeting(role, name: name, hash: hash)))
    let welcome = try expect("welcome") { if case .welcome(let welcome) = $0 { welcome } else { nil } }
    session = welcome.session
    if role == .worker { try awaitCredit() }
    return welcome
  }

  /// Says that this worker is ready to play, and waits for its first credit.
  func awaitCredit() throws {
    try send(.snapshotRequest(SnapshotRequest()))
    _ = try expect("credit") {
      if case .acknowledgement(let granted) = $0, granted.credits > 0 { granted.credits } else { nil }
    }
  }

  static func greeting(_ role: Role, name: String, hash: [UInt8] = [], threads: UInt32 = 1) -> Hello {
    Hello(role: role, name: name, host: "test", configurationHash: hash, threads: threads)
  }
}

/// Trajectories for a raw peer, correct until the test spoils them.
final class Forgery {
  let plan: RunPlan
  private let group: RolloutGroup
  private let parameters: FloatBuffer
  private var sequence: UInt64 = 0

  init(_ configuration: RunConfiguration) throws {
    plan = try RunPlan(configuration)
    parameters = FloatBuffer(count: plan.network.parameters.count)
    // A table without captions: the trajectories name and send none.
    group = try RolloutGroup(
      index: 0, shape: plan.unrollShape, network: plan.network, captions: CaptionInterner(maximumCaptions: 0), seed: 1,
      make: plan.makeEnvironment)
  }

  func trajectory(
    spoil: (TrajectoryBuffer, inout Trajectory) -> Void = { _, _ in }
  ) throws -> (header: Trajectory, tensors: [TensorFrame]) {
    let buffer = try group.collect(
      policy: PolicySnapshot(
        network: plan.network, version: 0, parameters: UnsafePointer(parameters.pointer), owner: parameters))
    sequence += 1
    var header = Trajectory(
      sequence: sequence, group: 0, policyVersion: 0, unrollLength: buffer.shape.unrollLength,
      environments: buffer.shape.environmentCount)
    spoil(buffer, &header)
    return (header, buffer.tensorFrames())
  }
}
