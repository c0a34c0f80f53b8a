import Foundation
import Glibc
import Runtime
import Tensor
import Testing
import Transport

@testable import Wire

/// What a peer's log says when there is no session, for each reason that there can be.
struct ConnectionDiagnosisTests {
  /// The link's first bad news, with `serve` called between its pumps.
  private func outcome(
    _ endpoint: Endpoint, _ security: ConnectSecurity = .loopback, serve: () throws -> Void = {}
  ) throws -> LearnerLink.Event {
    let options = LearnerLink.Options(endpoint: endpoint, security: security, welcomeSeconds: 5)
    let link = LearnerLink(
      context: try MessagingContext(), options: options, hello: Hello(role: .worker, name: "a", host: "h"), seed: 1)
    let deadline = MonotonicClock.seconds + 30
    while MonotonicClock.seconds < deadline {
      for event in link.pump(now: MonotonicClock.seconds, heartbeat: { Heartbeat() }) { return event }
      try serve()
      _ = try Poller().wait(milliseconds: 2)
    }
    throw TransportError.misuse("the link said nothing")
  }

  private func reason(
    _ endpoint: Endpoint, _ security: ConnectSecurity = .loopback, serve: () throws -> Void = {}
  ) throws -> String {
    guard case .lost(let reason, _) = try outcome(endpoint, security, serve: serve) else { return "" }
    return reason
  }

  private func curve(_ learner: CurvePublicKey? = nil) throws -> ConnectSecurity {
    let own = try CurveKeyPair.generate()
    return .curve(own: own, learner: learner ?? own.publicKey)
  }

  @Test func aNameThatDoesNotResolve() throws {
    let text = try reason(Endpoint("learner.invalid:5555"), try curve())
    #expect(text.contains("the name of learner.invalid:5555 cannot be resolved"))
  }

  @Test func nothingListens() throws {
    let free = try Endpoint("127.0.0.1:\(PlainServer.freePort())")
    #expect(try reason(free).hasPrefix("nothing listens at \(free)"))
  }

  @Test func aServerThatIsNoLearner() throws {
    let server = try PlainServer()
    let endpoint = try Endpoint("127.0.0.1:\(server.port)")
    for security in [.loopback, try curve()] {
      let text = try reason(endpoint, security) { server.answer() }
      #expect(text.contains("Tengu's protocol") || text.contains("no Tengu learner"), "\(text)")
    }
  }

  @Test func aLearnerThatDoesNotAllowTheKey() throws {
    let learner = try KeyedLearner()
    let text = try reason(learner.endpoint, try curve(learner.key), serve: learner.pump)
    #expect(text.contains("does not allow this peer's key"))
  }

  @Test func aLearnerWithAnotherKey() throws {
    let learner = try KeyedLearner()
    let text = try reason(learner.endpoint, try curve(), serve: learner.pump)
    #expect(text.contains("another key than the one that this peer's key file names"))
  }

  @Test func oneEndUsesKeysAndTheOtherDoesNot() throws {
    let learner = try KeyedLearner()
    #expect(try reason(learner.endpoint, serve: learner.pump).contains("uses keys: give this peer one with --key"))
    let open = try RouterSocket(MessagingContext(), options: SocketOptions(maximumFrameBytes: nil))
    try open.bind(Endpoint("127.0.0.1:0"))
    #expect(try reason(open.boundEndpoint, try curve()).contains("uses no keys and this peer does"))
  }

  @Test func aLearnerOfAnotherReleaseEndsThePeer() throws {
    let learner = try RouterSocket(MessagingContext(), options: SocketOptions(maximumFrameBytes: nil))
    try learner.bind(Endpoint("127.0.0.1:0"))
    let event = try outcome(learner.boundEndpoint) {
      guard let peer = try learner.receive()?.peer else { return }
      // The envelope's first field, its version, is 4.
      _ = try learner.send([Frame(bytes: [0x08, 4, 0x10, 1])], to: peer)
    }
    guard case .refused(let refused) = event else {
      Issue.record("\(event)")
      return
    }
    #expect(refused.reason == .schemaVersion)
    #expect(refused.text.contains("speaks protocol version 4 and this program version \(Envelope.schemaVersion)"))
  }
}

/// A learner's socket that allows no key.
private final class KeyedLearner {
  let key: CurvePublicKey
  let endpoint: Endpoint
  private let authenticator: Authenticator
  private let router: RouterSocket

  init() throws {
    let context = try MessagingContext()
    let pair = try CurveKeyPair.generate()
    key = pair.publicKey
    authenticator = try Authenticator(context, allowing: AllowList([:]))
    router = try RouterSocket(
      context, options: SocketOptions(maximumFrameBytes: nil), security: .curve(pair, authenticator))
    try router.bind(Endpoint("127.0.0.1:0"))
    endpoint = try router.boundEndpoint
  }

  func pump() throws {
    try authenticator.pump { _ in }
    while try router.receive() != nil {}
  }
}

/// A server that answers every connection like a web server and hangs up.
private final class PlainServer {
  let port: UInt16
  private let listener: Int32

  init() throws { (listener, port) = try Self.listen() }
  deinit { close(listener) }

  func answer() {
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return }
    let text = Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8)
    _ = write(connection, text, text.count)
    close(connection)
  }

  /// A port of loopback where nothing listens.
  static func freePort() throws -> UInt16 {
    let (listener, port) = try listen()
    close(listener)
    return port
  }

  private static func listen() throws -> (Int32, UInt16) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        guard bind(listener, pointer, size) == 0, Glibc.listen(listener, 8) == 0 else { return Int32(-1) }
        return getsockname(listener, pointer, &size)
      }
    }
    guard status == 0 else { throw TransportError.misuse("no listener: \(errno)") }
    return (listener, UInt16(bigEndian: address.sin_port))
  }
}
