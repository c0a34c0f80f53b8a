import Configuration
import Telemetry
import Transport
import Wire

/// The one bound address of a learner or relay, and the keys that may connect to it.
package final class Listener {
  package let socket: RouterSocket
  package let endpoint: Endpoint
  package let authenticator: Authenticator?
  /// The address that was wanted first and is taken; nil if it was free.
  package let takenAddress: Endpoint?
  /// Its own public key; nil without CURVE.
  package let key: CurvePublicKey?

  /// Binds the address.
  /// - Parameters:
  ///   - wanted: the address; `inproc://` if all roles share one thread.
  ///   - option: what names the address, for the error's text.
  ///   - keyPath: file of the secret key, and `allowPath` folder or file of the public keys that may connect.
  ///   - earlier: where the run listened before, and where its peers look for it; used if `wanted` leaves the port open.
  /// - Throws: `TransportError` naming the address if it is taken; `ConfigurationError` if the address reaches beyond
  ///   loopback and there are no keys, or if a key file is missing.
  package init(
    _ wanted: Endpoint, option: String, keyPath: String?, allowPath: String?, maximumMessageBytes: Int,
    earlier: Endpoint? = nil, context: MessagingContext
  ) throws {
    let socketOptions = SocketOptions(maximumFrameBytes: maximumMessageBytes)
    if let keyPath {
      let file = try KeyFile(readingSecret: keyPath)
      guard let allowPath else {
        throw ConfigurationError(["--key needs --allow, the public keys that may connect"])
      }
      let authenticator = try Authenticator(context, allowing: AllowList(path: allowPath))
      socket = try RouterSocket(context, options: socketOptions, security: .curve(file.pair, authenticator))
      self.authenticator = authenticator
      key = file.pair.publicKey
    } else {
      guard wanted.isLoopback else {
        throw ConfigurationError([
          "\(option) = \"\(wanted)\" reaches beyond this machine, which needs keys: tengu keys new learner, "
            + "then --key keys/learner.secret --allow keys"
        ])
      }
      socket = try RouterSocket(context, options: socketOptions, security: .loopback)
      authenticator = nil
      key = nil
    }
    let first = earlier.flatMap { wanted.admits($0) ? $0 : nil } ?? wanted
    takenAddress = try Self.bind(socket, first, or: wanted)
    endpoint = if case .inproc = wanted { wanted } else { try socket.boundEndpoint }
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
