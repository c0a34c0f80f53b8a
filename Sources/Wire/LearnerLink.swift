import Runtime
import Tensor
import Trajectories
import Transport

/// A peer's side of the protocol, for every role: it connects, says Hello, receives Welcome or Refused, keeps the session
/// alive, notices when the learner is gone, and tries again with growing pauses.
///
/// It never waits: `pump` does everything that is possible now and returns what happened. Used by one thread.
public final class LearnerLink {
  /// What happened during a `pump`.
  public enum Event {
    /// A session has begun; messages of an earlier session are void.
    case welcomed(Welcome)
    /// A message of the session.
    case received(Envelope)
    /// The session is over, or none could begin; the link tries again in `retrySeconds`.
    case lost(reason: String, retrySeconds: Double)

    /// The log's line for a loss.
    public static func line(_ reason: String, retrySeconds: Double) -> String {
      "\(reason); trying again in \((retrySeconds * 10).rounded() / 10) s"
    }
    /// The learner does not accept this peer as it is; trying again is useless.
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

  /// Where the learner listens, and how this peer proves its identity. Everything else comes with Welcome.
  public struct Options: Sendable {
    public var endpoint: Endpoint
    public var security: ConnectSecurity
    /// Seconds to wait for the answer to Hello before the next attempt.
    public var welcomeSeconds: Double

    public init(endpoint: Endpoint, security: ConnectSecurity = .loopback, welcomeSeconds: Double = 3) {
      self.endpoint = endpoint
      self.security = security
      self.welcomeSeconds = welcomeSeconds
    }
  }

  /// While the connection is being made nothing wakes the poller, so `pump` is due again after this many seconds.
  private static let greetingPollSeconds = 0.02
  /// The longest pause while the peer had a session lately, so that it is back soon after its learner is.
  private static let returningPauseSeconds = 4.0
  /// How long ago "lately" is.
  private static let returningSeconds = 600.0
  /// A session that lasted this long was a success; after shorter ones the pauses go on growing.
  private static let steadySeconds = 10.0
  /// Bounds on what a Welcome may set: those of the configuration's fields.
  private static let minimumHeartbeatSeconds = 0.01
  private static let maximumMessageBytes = 2_048 << 20
  private static let maximumTolerance = 1_000

  /// The open socket, for a poller; a new one after each loss.
  public private(set) var socket: DealerSocket?
  /// The Hello of the next handshake. Set its `configurationHash` after the first Welcome, so that a learner restarted
  /// with another configuration refuses this peer instead of misreading its trajectories.
  public var hello: Hello
  private let context: MessagingContext
  private let options: Options
  private var state = State.idle(until: 0)
  /// Heartbeats at the pace that Welcome states.
  private var liveness: PeerLiveness
  private var backoff = Backoff()
  private var diagnosis: ConnectionDiagnosis?
  /// When the latest session began and ended.
  private var sessionBegan = -Double.infinity
  private var sessionEnded = -Double.infinity
  private var jitter: SplitMix64
  private var codec = WireCodec(limits: .beforeWelcome)
  private var sequence: UInt64 = 0
  /// `Welcome.session`; 0 without a session.
  private var session: UInt64 = 0
  /// Number of the learner's last readable message, for error texts.
  private var lastReceived: UInt64 = 0
  /// Why this session has to end, if this peer tried to send a message that every learner refuses.
  private var unsendable: String?

  /// - Parameter seed: makes the random part of pauses; another one for each process.
  public init(context: MessagingContext, options: Options, hello: Hello, seed: UInt64) {
    self.context = context
    self.options = options
    self.hello = hello
    jitter = SplitMix64(seed: seed)
    liveness = PeerLiveness(interval: options.welcomeSeconds, tolerance: 1, now: 0)
  }

  /// The tensors of the trajectories that this peer sends.
  public var steps: StepSchema {
    get { codec.steps }
    set { codec.steps = newValue }
  }

  /// The bounds of messages: the run's once Welcome has stated them.
  public var limits: WireLimits { codec.limits }

  /// Whether the handshake is done and the session lives.
  public var isWelcomed: Bool { if case .welcomed = state { true } else { false } }

  /// Sends `message` with its tensors in this session.
  /// - Returns: false if there is no session or its socket takes nothing more.
  @discardableResult
  public func send(_ message: Message, tensors: [TensorFrame] = []) -> Bool {
    guard let socket, isWelcomed else { return false }
    return transmit(message, tensors, on: socket)
  }

  /// Connects when due, receives all messages that have arrived, sends a heartbeat when due, and notices silence.
  /// - Parameter heartbeat: makes the heartbeat; called only when one is due.
  public func pump(now: Double, heartbeat: () -> Heartbeat) -> [Event] {
    var events: [Event] = []
    if case .idle(let until) = state, now >= until { connect(now, &events) }
    receive(now, &events)
    examine(now, &events)
    if let reason = unsendable, isWelcomed { lose(reason, now, &events) }
    unsendable = nil
    switch state {
    case .greeting(let deadline, let helloSent): greet(deadline, helloSent, now, &events)
    case .welcomed: keepAlive(now, heartbeat, &events)
    case .idle, .closed: break
    }
    return events
  }

  /// When `pump` is due again if no message arrives.
  public func nextDeadline(now: Double) -> Double {
    switch state {
    case .idle(let until): until
    case .greeting(let deadline, _): min(deadline, now + Self.greetingPollSeconds)
    case .welcomed: now + liveness.secondsToWait(now: now)
    case .closed: now + options.welcomeSeconds
    }
  }

  /// Says Goodbye and closes the socket, which continues to send in the background.
  public func close(_ goodbye: Goodbye) {
    send(.goodbye(goodbye))
    finish()
  }

  private func connect(_ now: Double, _ events: inout [Event]) {
    do {
      // libzmq fixes a connection's frame limit when it connects, before Welcome states the run's: the codec enforces it.
      let socketOptions = SocketOptions(maximumFrameBytes: nil)
      let socket = try DealerSocket(context, options: socketOptions, security: options.security)
      if case .tcp = options.endpoint {
        diagnosis = try ConnectionDiagnosis(socket, options.endpoint, options.security)
      }
      try socket.connect(options.endpoint)
      self.socket = socket
      sequence = 0
      session = 0
      lastReceived = 0
      codec.limits = .beforeWelcome
      state = .greeting(deadline: now + options.welcomeSeconds, helloSent: false)
    } catch {
      lose("\(error)", now, &events)
    }
  }

  private func receive(_ now: Double, _ events: inout [Event]) {
    do {
      while let message = try socket?.receive() {
        let envelope = try codec.decode(message.frames)
        lastReceived = envelope.sequence
        handle(envelope, now, &events)
      }
    } catch WireError.otherSchemaVersion(let theirs, let ours) {
      finish()
      let text =
        "the learner at \(options.endpoint) speaks protocol version \(theirs) and this program version \(ours): run the "
        + "same release of Tengu on both"
      events.append(.refused(Refused(reason: .schemaVersion, text: text)))
    } catch {
      let place = lastReceived == 0 ? "as its first message" : "after its message \(lastReceived)"
      lose("the learner at \(options.endpoint) sent an unreadable message \(place): \(error)", now, &events)
    }
  }

  /// Ends an attempt or a session whose connection cannot be used.
  private func examine(_ now: Double, _ events: inout [Event]) {
    let reason: String?
    do { reason = try diagnosis?.update() } catch { reason = "\(error)" }
    guard let reason else { return }
    // What the learner sent before it closed the connection says more than the end of the connection.
    receive(now, &events)
    switch state {
    case .greeting, .welcomed: lose(reason, now, &events)
    case .idle, .closed: break
    }
  }

  private func handle(_ envelope: Envelope, _ now: Double, _ events: inout [Event]) {
    liveness.heard(now: now)
    switch envelope.message {
    case .welcome(let welcome):
      state = .welcomed
      sessionBegan = now
      session = welcome.session
      hello.runID = welcome.runID
      codec.limits.maximumMessageBytes = min(welcome.maximumMessageBytes, Self.maximumMessageBytes)
      liveness = PeerLiveness(
        interval: max(welcome.heartbeatSeconds, Self.minimumHeartbeatSeconds),
        tolerance: min(welcome.heartbeatTolerance, Self.maximumTolerance), now: now)
      events.append(.welcomed(welcome))
    case .refused(let refused) where refused.reason == .unknownPeer:
      lose("the learner at \(options.endpoint) had given this peer up", now, &events)
    case .refused(let refused) where refused.reason == .full:
      lose("the learner at \(options.endpoint) has no place for this peer now: \(refused.text)", now, &events)
    case .refused(let refused) where refused.reason == .ending:
      finish()
      events.append(.ended(Goodbye(reason: .runOver, text: refused.text)))
    case .refused(let refused):
      finish()
      events.append(.refused(refused))
    case .goodbye(let goodbye) where goodbye.reason == .restarting:
      send(.goodbye(Goodbye(reason: .leaving, text: "waits for the learner to come back")))
      lose("the learner at \(options.endpoint) restarts", now, &events)
    case .goodbye(let goodbye):
      // The learner closes its socket when all its peers have answered.
      close(Goodbye(reason: .leaving, text: "dismissed"))
      events.append(.ended(goodbye))
    case .heartbeatReply where !isWelcomed: break
    default: events.append(.received(envelope))
    }
  }

  private func greet(_ deadline: Double, _ helloSent: Bool, _ now: Double, _ events: inout [Event]) {
    if now >= deadline {
      return lose(diagnosis?.silence ?? "no answer from a learner at \(options.endpoint)", now, &events)
    }
    guard !helloSent, let socket else { return }
    state = .greeting(deadline: deadline, helloSent: transmit(.hello(hello), [], on: socket))
  }

  private func keepAlive(_ now: Double, _ heartbeat: () -> Heartbeat, _ events: inout [Event]) {
    if liveness.isGone(now: now) {
      return lose("the learner at \(options.endpoint) left \(liveness.tolerance) heartbeats unanswered", now, &events)
    }
    guard liveness.isDue(now: now) else { return }
    liveness.beat(now: now)
    send(.heartbeat(heartbeat()))
  }

  /// Ends the session and plans the next attempt.
  private func lose(_ reason: String, _ now: Double, _ events: inout [Event]) {
    if isWelcomed {
      sessionEnded = now
      if now - sessionBegan >= Self.steadySeconds { backoff.reset() }
    }
    let wasHereLately = now - sessionEnded < Self.returningSeconds
    let pause = backoff.next(
      using: &jitter, atMost: wasHereLately ? Self.returningPauseSeconds : Backoff.maximumSeconds)
    socket = nil
    diagnosis = nil
    state = .idle(until: now + pause)
    events.append(.lost(reason: reason, retrySeconds: pause))
  }

  private func finish() {
    socket = nil
    diagnosis = nil
    state = .closed
  }

  private func transmit(_ message: Message, _ tensors: [TensorFrame], on socket: DealerSocket) -> Bool {
    let envelope = Envelope(sequence: sequence + 1, message: message, tensors: tensors, session: session)
    let frames: [Frame]
    do throws(WireError) {
      frames = try codec.encode(envelope)
    } catch {
      // Trying again is useless, unlike with a full socket: the session ends, and the log says why.
      unsendable = "a message cannot be sent: \(error)"
      return false
    }
    guard (try? socket.send(frames)) == .sent else { return false }
    sequence += 1
    return true
  }
}
