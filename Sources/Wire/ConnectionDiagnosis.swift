import Transport

/// Says why a learner cannot be reached, and what to do about it: from the events of the connection, and from a probe of
/// the address where there is no connection.
struct ConnectionDiagnosis {
  private enum Stage {
    /// There is no TCP connection.
    case unconnected
    /// The handshake has not ended.
    case connected
    case established
  }

  private let endpoint: Endpoint
  private let hasKey: Bool
  private let monitor: SocketMonitor
  private var stage = Stage.unconnected
  private var probe: ConnectionProbe?
  /// Whether a connection ended before messages could flow; the probe finds out why.
  private var handshakeFailed = false

  /// - Parameter socket: a socket that is not connected yet.
  init(_ socket: DealerSocket, _ endpoint: Endpoint, _ security: ConnectSecurity) throws(TransportError) {
    self.endpoint = endpoint
    if case .curve = security { hasKey = true } else { hasKey = false }
    monitor = try socket.monitor()
  }

  /// Takes in what has happened.
  /// - Returns: why this connection cannot become or stay one; nil while it may.
  mutating func update() throws(TransportError) -> String? {
    while let event = try monitor.next() {
      if let reason = reason(event) { return reason }
    }
    switch probe?.finding {
    case nil: return nil
    case .listening where !handshakeFailed: return nil
    case let finding?: return reason(finding)
    }
  }

  /// What to say when the time for an answer is over.
  var silence: String {
    switch stage {
    case .unconnected: reason(probe?.finding ?? .silent)
    case .connected:
      "\(endpoint) accepts connections and does not speak Tengu's protocol: is it the address of a learner?"
    case .established: "the learner at \(endpoint) did not answer: it is busy, stopped, or no Tengu learner"
    }
  }

  private mutating func reason(_ event: ConnectionEvent) -> String? {
    switch event {
    case .connected: stage = .connected
    case .established: stage = .established
    case .retrying: if stage == .unconnected { examine() }
    case .refused:
      return hasKey
        ? "the learner at \(endpoint) does not allow this peer's key: copy its .public file into the learner's folder of "
          + "keys"
        : "the learner at \(endpoint) asks for a key: give this peer one with --key FILE"
    case .otherMechanism:
      return hasKey ? keylessLearner : keyedLearner
    case .disconnected where stage == .established: return "the learner at \(endpoint) closed the connection"
    case .handshakeFailed, .disconnected:
      handshakeFailed = true
      examine()
    }
    return nil
  }

  private var keyedLearner: String { "the learner at \(endpoint) uses keys: give this peer one with --key FILE" }

  private var keylessLearner: String {
    "the learner at \(endpoint) uses no keys and this peer does: start the learner with --key, or this peer without"
  }

  private var otherKey: String {
    "the learner at \(endpoint) has another key than the one that this peer's key file names; make the file again with "
      + "tengu keys new NAME --role ROLE --learner FILE"
  }

  private func reason(_ finding: ConnectionProbe.Finding) -> String {
    switch finding {
    case .unresolved(let why): "the name of \(endpoint) cannot be resolved (\(why)): check the host's name"
    case .refused:
      "nothing listens at \(endpoint): start the learner, or look up its address in the run's endpoint file"
    case .unreachable(let why): "\(endpoint) cannot be reached (\(why)): check the network"
    case .listening("CURVE"?): hasKey ? otherKey : keyedLearner
    case .listening("NULL"?): hasKey ? keylessLearner : "the learner at \(endpoint) closed the connection"
    case .listening: "what listens at \(endpoint) does not speak Tengu's protocol: is it the address of a learner?"
    case .silent:
      "\(endpoint) did not answer in time: check the address, and that no firewall is in the way"
    }
  }

  private mutating func examine() {
    guard probe == nil, case .tcp(let host, let port) = endpoint else { return }
    probe = ConnectionProbe(host: host, port: port)
  }
}
