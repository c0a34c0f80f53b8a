import Configuration
import Transport
import Wire

/// The learner's one bound address, and the keys that may connect to it.
final class Listener {
  let socket: RouterSocket
  let endpoint: Endpoint
  let authenticator: Authenticator?

  /// Binds the address.
  /// - Throws: `TransportError` naming the address if it is taken; `ConfigurationError` if the address reaches beyond
  ///   loopback and there are no keys, or if a key file is missing.
  init(_ options: LearnerOptions, context: MessagingContext) throws {
    let transport = options.configuration.transport
    let wanted = try options.inlineEndpoint ?? Endpoint(transport.listen)
    var socketOptions = SocketOptions()
    socketOptions.maximumFrameBytes = transport.maximumMessageMegabytes << 20
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
    try socket.bind(wanted)
    endpoint = if let inline = options.inlineEndpoint { inline } else { try socket.boundEndpoint }
  }
}
