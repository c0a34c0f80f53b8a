import Foundation
import Synchronization

/// Finds out why there is no connection to an address, which libzmq does not say. It looks the name up, connects once, and
/// reads how the other end greets, on a thread of its own, because each can wait for seconds.
public final class ConnectionProbe: Sendable {
  public enum Finding: Sendable, Equatable {
    /// The name has no address; the system's reason.
    case unresolved(String)
    /// The machine answers, and no process listens at the port.
    case refused
    /// The system's reason why the machine cannot be reached.
    case unreachable(String)
    /// Nothing answered in time.
    case silent
    /// A process listens there. Its mechanism is "NULL" or "CURVE" (ZMTP, ZeroMQ RFC 23); nil if it is no ZeroMQ socket.
    case listening(mechanism: String?)
  }

  private static let timeoutMilliseconds: Int32 = 2_000
  private let found = Mutex<Finding?>(nil)

  /// Starts looking.
  public init(host: String, port: UInt16) {
    Thread.detachNewThread { [self] in
      let finding = Self.look(host, port)
      found.withLock { $0 = finding }
    }
  }

  /// nil while the probe is looking.
  public var finding: Finding? { found.withLock { $0 } }

  private static func look(_ host: String, _ port: UInt16) -> Finding {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, "\(port)", &hints, &list)
    guard status == 0, let first = list else { return .unresolved(String(cString: gai_strerror(status))) }
    defer { freeaddrinfo(first) }
    var finding = Finding.silent
    var next: UnsafeMutablePointer<addrinfo>? = first
    while let address = next {
      finding = connect(address.pointee)
      if case .listening = finding { break }
      next = address.pointee.ai_next
    }
    return finding
  }

  private static func connect(_ address: addrinfo) -> Finding {
    let options = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, address.ai_socktype | options, address.ai_protocol)
    guard descriptor >= 0 else { return .unreachable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 {
      return .listening(mechanism: mechanism(descriptor))
    }
    guard errno == EINPROGRESS else { return finding(errno) }
    guard waits(descriptor, POLLOUT) else { return .silent }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return finding(errno) }
    return code == 0 ? .listening(mechanism: mechanism(descriptor)) : finding(code)
  }

  /// Waits until a descriptor is ready.
  private static func waits(_ descriptor: Int32, _ events: Int32) -> Bool {
    var item = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&item, 1, timeoutMilliseconds) == 1
  }

  /// Reads the other end's greeting: a signature of 10 bytes from 0xFF to 0x7F, two of version, 20 of mechanism. To send
  /// the signature and the version alone makes it send all of that, and leaves it nothing to refuse yet.
  private static func mechanism(_ descriptor: Int32) -> String? {
    let greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0]
    guard write(descriptor, greeting, greeting.count) == greeting.count else { return nil }
    var received: [UInt8] = []
    while received.count < 32, waits(descriptor, POLLIN) {
      var buffer = [UInt8](repeating: 0, count: 64)
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      received += buffer[..<count]
    }
    guard received.count >= 32, received[0] == 0xFF, received[9] == 0x7F else { return nil }
    return String(decoding: received[12..<32].prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func finding(_ code: Int32) -> Finding {
    code == ECONNREFUSED ? .refused : .unreachable(String(cString: strerror(code)))
  }
}
