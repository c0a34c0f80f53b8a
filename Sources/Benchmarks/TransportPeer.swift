import CPlatform
import Glibc
import Tensor
import Transport
import Wire

/// Both ends of the transport benchmark: the pattern of workers and learner, without playing or learning.
///
/// A worker's end sends trajectories while it has credit; a learner's end decodes each of them and acknowledges it. They
/// speak on the standard output as scripts/bench/zmq_router.c does, so that one function measures both.
public enum TransportPeer {
  /// Trajectories that may be on their way.
  static let window = 64
  private static let patienceSeconds = 20

  /// The learner's end: receives `count` trajectories.
  public static func route(count: Int) throws {
    let router = try RouterSocket(MessagingContext())
    try router.bind(Endpoint("127.0.0.1:0"))
    try say("\(router.boundEndpoint)")
    let poller = Poller()
    _ = poller.add(router)
    var start = 0.0
    var received = 0
    while received < count {
      guard let message = try router.receive() else {
        try awaitMessage(poller)
        continue
      }
      if received == 0 { start = MonotonicClock.seconds }
      guard case .trajectory(let header) = try WireCodec.decode(message.frames).message else {
        throw BenchmarkError("a trajectory was expected")
      }
      let answer = Acknowledgement(sequence: header.sequence, credits: 1, policyVersion: 1)
      let frames = try WireCodec.encode(Envelope(sequence: header.sequence, message: .acknowledgement(answer)))
      while try router.send(frames, to: message.peer) == .full { _ = try poller.wait(milliseconds: 1) }
      received += 1
    }
    let seconds = MonotonicClock.seconds - start
    // A socket that closes may lose what it has not sent: the last answers have arrived when their reader says goodbye.
    while try router.receive() == nil { try awaitMessage(poller) }
    report(seconds: seconds)
  }

  /// The worker's end: sends `count` trajectories of about `bytes` bytes to `address`.
  public static func deal(address: String, count: Int, bytes: Int) throws {
    let dealer = try DealerSocket(MessagingContext())
    try dealer.connect(Endpoint(address))
    let poller = Poller()
    _ = poller.add(dealer)
    let trajectory = PackedTrajectory(bytes: bytes)
    var credit = CreditAccount(limit: window)
    var answered = 0
    while answered < count {
      while credit.spent < count, credit.available > 0 {
        let envelope = trajectory.envelope(sequence: credit.spent + 1)
        guard try dealer.send(WireCodec.encode(envelope)) == .sent else { break }
        try credit.spend()
      }
      while let message = try dealer.receive() {
        guard case .acknowledgement(let answer) = try WireCodec.decode(message.frames).message else {
          throw BenchmarkError("an acknowledgement was expected")
        }
        try credit.grant(Int(answer.credits))
        answered += 1
      }
      // Before there is a connection nothing can be sent, and nothing arrives either.
      if credit.outstanding == 0 { _ = try poller.wait(milliseconds: 1) } else { try awaitMessage(poller) }
    }
    let goodbye = Goodbye(reason: .leaving, text: "all of them arrived")
    _ = try dealer.send(WireCodec.encode(Envelope(sequence: credit.spent + 1, message: .goodbye(goodbye))))
    report(seconds: 0)
  }

  /// - Throws: `BenchmarkError` when the other end has fallen silent.
  private static func awaitMessage(_ poller: Poller) throws {
    if try !poller.wait(milliseconds: 1_000 * patienceSeconds) { throw BenchmarkError("the other end is silent") }
  }

  private static func say(_ line: String) throws {
    print(line)
    fflush(nil)
  }

  private static func report(seconds: Double) {
    print("{\"seconds\": \(seconds), \"cpu_seconds\": \(ProcessUsage.ownCPUSeconds)}")
  }
}

/// A trajectory in memory that is sent again and again, without being copied, as workers send theirs.
final class PackedTrajectory {
  private let memory: FloatBuffer
  private let unrollLength: Int
  private let environments: Int
  private let rowByteCount: Int
  private static let stateSize = 128

  /// - Parameter bytes: of all tensors, nearly.
  init(bytes: Int) {
    (unrollLength, environments) = bytes < 1 << 16 ? (8, 4) : (32, 16)
    let frames = unrollLength * environments
    let others = frames * (4 + 4 + 1 + 4 + 4 + 2 + 4 + 4) + environments * Self.stateSize * 4
    rowByteCount = max(8, (bytes - others) / (frames + environments) & ~7)
    memory = FloatBuffer(count: max((frames + environments) * rowByteCount, others) / 4 + 1)
  }

  /// Bytes of the tensors.
  var byteCount: Int { tensors.reduce(0) { $0 + $1.frame.count } }

  func envelope(sequence: UInt64) -> Envelope {
    let header = Trajectory(
      sequence: sequence, group: 0, policyVersion: 1, unrollLength: unrollLength, environments: environments)
    return Envelope(sequence: sequence, message: .trajectory(header), tensors: tensors)
  }

  private var tensors: [TensorFrame] {
    let (t, e) = (unrollLength, environments)
    return [
      tensor(.observations, .uint8, [t + 1, e, rowByteCount]), tensor(.actions, .int32, [t, e]),
      tensor(.rewards, .float32, [t, e]), tensor(.flags, .uint8, [t, e]),
      tensor(.logProbabilities, .float32, [t, e]), tensor(.captions, .int32, [t, e]),
      tensor(.captionCounts, .int16, [t, e]), tensor(.values, .float32, [t, e, 1]),
      tensor(.truncationValues, .float32, [t, e, 1]), tensor(.initialState, .float32, [e, Self.stateSize]),
    ]
  }

  private func tensor(_ name: TensorName, _ type: ScalarType, _ shape: [Int]) -> TensorFrame {
    let bytes = shape.reduce(type.byteCount, *)
    return TensorFrame(name, type, shape, Frame(owner: memory, pointer: UnsafeRawPointer(memory.pointer), count: bytes))
  }
}
