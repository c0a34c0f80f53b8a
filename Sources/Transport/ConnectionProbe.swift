import Foundation
import Synchronization

/// Finds out why there is no connection to an address, which libzmq does not say. It looks the name up and connects once,
/// on a thread of its own, because both can wait for many seconds.
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
    /// A process listens there.
    case listening
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
      if finding == .listening { break }
      next = address.pointee.ai_next
    }
    return finding
  }

  private static func connect(_ address: addrinfo) -> Finding {
    let options = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, address.ai_socktype | options, address.ai_protocol)
    guard descriptor >= 0 else { return .unreachable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return .listening }
    guard errno == EINPROGRESS else { return finding(errno) }
    var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&item, 1, timeoutMilliseconds) == 1 else { return .silent }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return finding(errno) }
    return code == 0 ? .listening : finding(code)
  }

  private static func finding(_ code: Int32) -> Finding {
    code == ECONNREFUSED ? .refused : .unreachable(String(cString: strerror(code)))
  }
}
