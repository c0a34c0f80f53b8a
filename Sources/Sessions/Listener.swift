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
  /// The learner's own public key; nil without CURVE.
  let key: CurvePublicKey?

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
      let file = try KeyFile(readingSecret: keyPath)
      guard let allowPath = options.allowPath else {
        throw ConfigurationError(["--key needs --allow, the public keys that may connect"])
      }
      let authenticator = try Authenticator(context, allowing: AllowList(path: allowPath))
      socket = try RouterSocket(context, options: socketOptions, security: .curve(file.pair, authenticator))
      self.authenticator = authenticator
      key = file.pair.publicKey
    } else {
      guard wanted.isLoopback else {
        throw ConfigurationError([
          "transport.listen = \"\(wanted)\" reaches beyond this machine, which needs keys: tengu keys new learner, "
            + "then --key keys/learner.secret --allow keys"
        ])
      }
      socket = try RouterSocket(context, options: socketOptions, security: .loopback)
      authenticator = nil
      key = nil
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
