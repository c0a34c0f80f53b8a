import Configuration
import Telemetry
import Transport
import Wire

/// The learner's one bound address, and the keys that may connect to it.
final class Listener {
  let socket: RouterSocket
  let endpoint: Endpoint
  let authenticator: Authenticator?
  /// The address that was wanted first and is taken; nil if it was free.
  let takenAddress: Endpoint?

  /// Binds the address.
  /// - Parameter earlier: where the run listened before, and where its peers look for it; used if the configuration leaves
  ///   the port open.
  /// - Throws: `TransportError` naming the address if it is taken; `ConfigurationError` if the address reaches beyond
  ///   loopback and there are no keys, or if a key file is missing.
  init(
    _ options: LearnerOptions, maximumMessageBytes: Int, earlier: Endpoint? = nil, context: MessagingContext
  ) throws {
    let transport = options.configuration.transport
    let wanted = try options.inlineEndpoint ?? Endpoint(transport.listen)
    let socketOptions = SocketOptions(maximumFrameBytes: maximumMessageBytes)
    if let keyPath = options.keyPath {
      let key = try KeyFile(readingSecret: keyPath)
      guard let allowPath = options.allowPath else {
        throw ConfigurationError(["--key needs --allow, the public keys that may connect"])
      }
      let authenticator = try Authenticator(context, allowing: AllowList(path: allowPath))
      socket = try RouterSocket(context, options: socketOptions, security: .curve(key.pair, authenticator))
      self.authenticator = authenticator
    } else {
      guard wanted.isLoopback else {
        throw ConfigurationError([
          "transport.listen = \"\(wanted)\" reaches beyond this machine, which needs keys: tengu keys new learner, "
            + "then --key keys/learner.secret --allow keys"
        ])
      }
      socket = try RouterSocket(context, options: socketOptions, security: .loopback)
      authenticator = nil
    }
    let first = earlier.flatMap { wanted.admits($0) ? $0 : nil } ?? wanted
    takenAddress = try Self.bind(socket, first, or: wanted)
    endpoint = if let inline = options.inlineEndpoint { inline } else { try socket.boundEndpoint }
  }
}

extension Listener {
  /// Binds `first`, or `wanted` if that is taken.
  /// - Returns: `first` if it is taken.
  private static func bind(
    _ socket: RouterSocket, _ first: Endpoint, or wanted: Endpoint
  ) throws(TransportError) -> Endpoint? {
    do {
      try socket.bind(first)
      return nil
    } catch {
      guard case .addressInUse = error, first != wanted else { throw error }
      try socket.bind(wanted)
      return first
    }
  }
}

extension Endpoint {
  /// Whether `other` is this address with its open port chosen.
  fileprivate func admits(_ other: Endpoint) -> Bool {
    guard case .tcp(let host, 0) = self, case .tcp(let otherHost, let port) = other else { return false }
    // "localhost" and "*" are bound, and so remembered, as numbers.
    let own = ["localhost": "127.0.0.1", "*": "0.0.0.0"][host] ?? host
    return own == otherHost && port != 0
  }
}

/// Messages to and from peers over the learner's socket. Used by the I/O thread alone.
final class PeerChannel {
  private let socket: RouterSocket
  private let codec: WireCodec
  private let log: LogWriter
  private var sequence: UInt64 = 0
  /// Peers that missed a message since the last look, and why.
  private var undelivered: [PeerID: SendResult] = [:]

  init(socket: RouterSocket, codec: WireCodec, log: LogWriter) {
    self.socket = socket
    self.codec = codec
    self.log = log
  }

  /// The next message, not decoded yet; nil if there is none.
  func receive() throws -> Multipart? { try socket.receive() }

  /// - Throws: `WireError` for a message that breaks the protocol.
  func decode(_ message: Multipart) throws(WireError) -> Envelope {
    try codec.decode(message.frames)
  }

  /// Sends a message; one that the socket does not take is lost, and the peer is among `takeUndelivered`.
  /// - Returns: whether the socket took it.
  @discardableResult
  func send(_ message: Message, tensors: [TensorFrame] = [], to peer: PeerID) -> Bool {
    sequence += 1
    let envelope = Envelope(sequence: sequence, message: message, tensors: tensors)
    do {
      let result = try socket.send(codec.encode(envelope), to: peer)
      if result != .sent { undelivered[peer] = result }
      return result == .sent
    } catch {
      log.error("sending to peer \(peer): \(error)")
      return false
    }
  }

  /// Peers that missed a message since the last call. They would wait for it without end, so the learner drops them.
  func takeUndelivered() -> [PeerID: SendResult] {
    defer { undelivered = [:] }
    return undelivered
  }
}
