import Runtime
import Tensor
import Transport

/// A peer's side of the protocol, whatever its role: it connects, says hello, is welcomed or refused, keeps the
/// connection alive, notices when the learner is gone, and tries again with growing pauses.
///
/// It never waits: `pump` does what can be done now and returns what happened. Used by one thread.
public final class LearnerLink {
  /// What happened during a `pump`.
  public enum Event {
    /// The handshake is done; anything sent in an earlier session is void.
    case welcomed(Welcome)
    /// A message of the session.
    case received(Envelope)
    /// The session is over, or none could be had; the link tries again in `retrySeconds`.
    case lost(reason: String, retrySeconds: Double)
    /// The learner will never take this peer as it is.
    case refused(Refused)
    /// The run is over, or the learner is stopping.
    case ended(Goodbye)
  }

  private enum State {
    case idle(until: Double)
    case greeting(deadline: Double, helloSent: Bool)
    case welcomed
    case closed
  }

  /// Where the learner listens, how often both sides speak, and how this peer proves who it is.
  public struct Options: Sendable {
    public var endpoint: Endpoint
    public var security: ConnectSecurity
    public var heartbeatSeconds: Double
    /// Heartbeats that may go unanswered before the session counts as lost.
    public var liveness: Int
    public var limits: WireLimits

    public init(
      endpoint: Endpoint, security: ConnectSecurity = .loopback, heartbeatSeconds: Double = 1, liveness: Int = 3,
      limits: WireLimits = WireLimits()
    ) {
      self.endpoint = endpoint
      self.security = security
      self.heartbeatSeconds = heartbeatSeconds
      self.liveness = liveness
      self.limits = limits
    }
  }

  /// While a connection is being made nothing wakes the poller, so `pump` asks to be called again after this.
  private static let greetingPollSeconds = 0.02

  /// The open socket, for a poller; another one after each loss.
  public private(set) var socket: DealerSocket?
  /// Sent in the next handshake; set `configurationHash` after the first welcome, so that a learner restarted with
  /// another configuration refuses instead of misreading trajectories.
  public var hello: Hello
  private let context: MessagingContext
  private let options: Options
  private var state = State.idle(until: 0)
  private var liveness: PeerLiveness
  private var backoff = Backoff()
  private var jitter: SplitMix64
  private var sequence: UInt64 = 0
  /// Why this session has to end, if its peer tried to send what no learner takes.
  private var unsendable: String?

  public init(context: MessagingContext, options: Options, hello: Hello) {
    self.context = context
    self.options = options
    self.hello = hello
    jitter = SplitMix64(seed: hello.session)
    liveness = PeerLiveness(interval: options.heartbeatSeconds, tolerance: options.liveness, now: 0)
  }

  /// Whether the handshake is done and the session lives.
  public var isWelcomed: Bool { if case .welcomed = state { true } else { false } }

  /// Sends `message` with its tensors in this session.
  /// - Returns: false if there is no session or its socket takes nothing more.
  @discardableResult
  public func send(_ message: Message, tensors: [TensorFrame] = []) -> Bool {
    guard let socket, isWelcomed else { return false }
    return transmit(message, tensors, on: socket)
  }

  /// Connects when due, receives all that has come, sends a heartbeat when due, notices silence.
  /// - Parameter heartbeat: what to report; asked only when one is due.
  public func pump(now: Double, heartbeat: () -> Heartbeat) -> [Event] {
    var events: [Event] = []
    if case .idle(let until) = state, now >= until { connect(now, &events) }
    receive(now, &events)
    if let reason = unsendable, isWelcomed { lose(reason, now, &events) }
    unsendable = nil
    switch state {
    case .greeting(let deadline, let helloSent): greet(deadline, helloSent, now, &events)
    case .welcomed: keepAlive(now, heartbeat, &events)
    case .idle, .closed: break
    }
    return events
  }

  /// When `pump` next has something to do by itself.
  public func nextDeadline(now: Double) -> Double {
    switch state {
    case .idle(let until): until
    case .greeting(let deadline, let helloSent): helloSent ? deadline : now + Self.greetingPollSeconds
    case .welcomed: now + liveness.secondsToWait(now: now)
    case .closed: now + options.heartbeatSeconds
    }
  }

  /// Says goodbye and closes the socket, which goes on sending in the background.
  public func close(_ goodbye: Goodbye) {
    send(.goodbye(goodbye))
    finish()
  }

  private func connect(_ now: Double, _ events: inout [Event]) {
    do {
      var socketOptions = SocketOptions()
      socketOptions.maximumFrameBytes = options.limits.maximumMessageBytes
      let socket = try DealerSocket(context, options: socketOptions, security: options.security)
      try socket.connect(options.endpoint)
      self.socket = socket
      sequence = 0
      state = .greeting(deadline: now + options.heartbeatSeconds * Double(options.liveness), helloSent: false)
    } catch {
      lose("\(error)", now, &events)
    }
  }

  private func receive(_ now: Double, _ events: inout [Event]) {
    do {
      while let message = try socket?.receive() {
        handle(try WireCodec.decode(message.frames, limits: options.limits), now, &events)
      }
    } catch {
      lose("the learner at \(options.endpoint) sent what cannot be read: \(error)", now, &events)
    }
  }

  private func handle(_ envelope: Envelope, _ now: Double, _ events: inout [Event]) {
    liveness.heard(now: now)
    switch envelope.message {
    case .welcome(let welcome):
      state = .welcomed
      backoff.reset()
      liveness = PeerLiveness(interval: options.heartbeatSeconds, tolerance: options.liveness, now: now)
      events.append(.welcomed(welcome))
    case .refused(let refused) where refused.reason == .unknownPeer:
      lose("the learner at \(options.endpoint) had given this peer up", now, &events)
    case .refused(let refused) where refused.reason == .ending:
      finish()
      events.append(.ended(Goodbye(reason: .runOver, text: refused.text)))
    case .refused(let refused):
      finish()
      events.append(.refused(refused))
    case .goodbye(let goodbye):
      // The learner closes its socket once it knows that this was heard.
      close(Goodbye(reason: .leaving, text: "dismissed"))
      events.append(.ended(goodbye))
    case .heartbeatReply where !isWelcomed: break
    default: events.append(.received(envelope))
    }
  }

  private func greet(_ deadline: Double, _ helloSent: Bool, _ now: Double, _ events: inout [Event]) {
    if now >= deadline { return lose("no answer from a learner at \(options.endpoint)", now, &events) }
    guard !helloSent, let socket else { return }
    state = .greeting(deadline: deadline, helloSent: transmit(.hello(hello), [], on: socket))
  }

  private func keepAlive(_ now: Double, _ heartbeat: () -> Heartbeat, _ events: inout [Event]) {
    if liveness.isGone(now: now) {
      return lose("the learner at \(options.endpoint) left \(options.liveness) heartbeats unanswered", now, &events)
    }
    guard liveness.isDue(now: now) else { return }
    liveness.beat(now: now)
    send(.heartbeat(heartbeat()))
  }

  /// Ends the session and plans the next attempt.
  private func lose(_ reason: String, _ now: Double, _ events: inout [Event]) {
    let pause = backoff.next(using: &jitter)
    socket = nil
    state = .idle(until: now + pause)
    events.append(.lost(reason: reason, retrySeconds: pause))
  }

  private func finish() {
    socket = nil
    state = .closed
  }

  private func transmit(_ message: Message, _ tensors: [TensorFrame], on socket: DealerSocket) -> Bool {
    let envelope = Envelope(sequence: sequence + 1, message: message, tensors: tensors)
    let frames: [Frame]
    do throws(WireError) {
      frames = try WireCodec.encode(envelope)
    } catch {
      // It would be refused for ever, so this is not a full socket: the session ends, and the log says why.
      unsendable = "a message cannot be sent: \(error)"
      return false
    }
    guard (try? socket.send(frames)) == .sent else { return false }
    sequence += 1
    return true
  }
}
