import CPlatform
import Glibc
import Runtime
import Trajectories
import Transport
import Wire
import Worker

/// Both ends of the transport benchmark: the message pattern of workers and learner, without playing or learning.
///
/// The worker's end sends trajectories while it has credit; the learner's end decodes and acknowledges each of them. Their
/// standard output has the format of scripts/bench/zmq_router.c, so one function measures both.
public enum TransportPeer {
  /// Trajectories in flight at most.
  static let window = 64
  /// Seconds to wait for a message.
  private static let patienceSeconds = 20
  private static let codec = WireCodec(limits: WireLimits(maximumMessageBytes: 64 << 20))

  /// The learner's end: receives `count` trajectories.
  public static func route(count: Int) throws {
    let router = try RouterSocket(
      MessagingContext(), options: SocketOptions(maximumFrameBytes: codec.limits.maximumMessageBytes))
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
      guard case .trajectory(let header) = try codec.decode(message.frames).message else {
        throw BenchmarkError("a trajectory was expected")
      }
      let answer = Acknowledgement(sequence: header.sequence, credits: 1, policyVersion: 1)
      let frames = try codec.encode(Envelope(sequence: header.sequence, message: .acknowledgement(answer)))
      while try router.send(frames, to: message.peer) == .full { _ = try poller.wait(milliseconds: 1) }
      received += 1
    }
    let seconds = MonotonicClock.seconds - start
    // Closing a socket may lose unsent messages. The dealer's goodbye shows that the last acknowledgements have arrived.
    while try router.receive() == nil { try awaitMessage(poller) }
    report(seconds: seconds)
  }

  /// The worker's end: sends `count` trajectories of about `bytes` bytes to `address`.
  public static func deal(address: String, count: Int, bytes: Int) throws {
    let dealer = try DealerSocket(MessagingContext(), options: SocketOptions(maximumFrameBytes: nil))
    try dealer.connect(Endpoint(address))
    let poller = Poller()
    _ = poller.add(dealer)
    let trajectory = PackedTrajectory(bytes: bytes)
    var credit = CreditAccount(limit: window)
    var answered = 0
    while answered < count {
      while credit.spent < count, credit.available > 0 {
        let envelope = trajectory.envelope(sequence: credit.spent + 1)
        guard try dealer.send(codec.encode(envelope)) == .sent else { break }
        try credit.spend()
      }
      while let message = try dealer.receive() {
        guard case .acknowledgement(let answer) = try codec.decode(message.frames).message else {
          throw BenchmarkError("an acknowledgement was expected")
        }
        try credit.grant(Int(answer.credits))
        answered += 1
      }
      // Without a connection nothing can be sent, and nothing arrives.
      if credit.outstanding == 0 { _ = try poller.wait(milliseconds: 1) } else { try awaitMessage(poller) }
    }
    let goodbye = Goodbye(reason: .leaving, text: "all of them arrived")
    _ = try dealer.send(codec.encode(Envelope(sequence: credit.spent + 1, message: .goodbye(goodbye))))
    report(seconds: 0)
  }

  /// - Throws: `BenchmarkError` if nothing arrives within the limit.
  private static func awaitMessage(_ poller: Poller) throws {
    if try !poller.wait(milliseconds: 1_000 * patienceSeconds) {
      throw BenchmarkError("no message from the other end within \(patienceSeconds) s")
    }
  }

  private static func say(_ line: String) throws {
    print(line)
    fflush(nil)
  }

  private static func report(seconds: Double) {
    print("{\"seconds\": \(seconds), \"cpu_seconds\": \(ProcessUsage.ownCPUSeconds)}")
  }
}

/// A trajectory in memory that is sent repeatedly without a copy, as workers send theirs.
final class PackedTrajectory {
  private let buffer: TrajectoryBuffer

  /// - Parameter bytes: approximate size of all tensors.
  init(bytes: Int) {
    let (t, e) = bytes < 1 << 16 ? (8, 4) : (32, 16)
    let stateSize = 128
    let others = t * e * (4 + 4 + 1 + 4 + 4 + 2 + 4 + 4) + e * stateSize * 4
    let rowByteCount = max(8, (bytes - others) / ((t + 1) * e) & ~7)
    buffer = TrajectoryBuffer(
      shape: UnrollShape(
        unrollLength: t, environmentCount: e, rowByteCount: rowByteCount, stateSize: stateSize, valueHeads: 1),
      group: 0)
  }

  /// Size of all tensors in bytes.
  var byteCount: Int { buffer.tensorFrames().reduce(0) { $0 + $1.frame.count } }

  func envelope(sequence: UInt64) -> Envelope {
    let header = Trajectory(
      sequence: sequence, group: 0, policyVersion: 1, unrollLength: buffer.shape.unrollLength,
      environments: buffer.shape.environmentCount)
    return Envelope(sequence: sequence, message: .trajectory(header), tensors: buffer.tensorFrames())
  }
}
