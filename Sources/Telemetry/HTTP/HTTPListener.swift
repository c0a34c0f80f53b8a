import Glibc
import Runtime

/// A listening TCP socket of an `HTTPServer`.
///
/// Only the server's thread uses it after its creation. The descriptor is closed when the object is deallocated.
final class HTTPListener: Sendable {
  private static let backlog: Int32 = 16

  let descriptor: Int32
  /// HOST:PORT, with the port that the system chose if none was asked for.
  let address: String

  /// - Parameters:
  ///   - address: HOST:PORT; an IPv6 host is in brackets. Port 0 takes a free port.
  ///   - subject: what is served.
  ///   - option: the option or field that names the address.
  /// - Throws: `FileError` naming the address and the reason, such as another process that listens there.
  init(_ address: String, subject: String, option: String) throws(FileError) {
    let colon = address.lastIndex(of: ":") ?? address.endIndex
    let host = address[..<colon].trimmingPrefix("[").replacing("]", with: "")
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(String(host), String(address[colon...].dropFirst()), &hints, &found)
    guard code == 0, let first = found else {
      throw FileError(address, "cannot be an address for \(subject): \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(found) }
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let made = socket(first.pointee.ai_family, kind, 0)
    guard made >= 0 else { throw .system(address, "listen for \(subject)", errno) }
    // A listener that a learner left a moment ago does not keep the next one from its port; one that listens does.
    var one: Int32 = 1
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    guard bind(made, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(made, Self.backlog) == 0 else {
      let reason = errno
      close(made)
      throw .system(address, "listen for \(subject) (\(option))", reason)
    }
    descriptor = made
    self.address = "\(address[..<colon]):\(Self.port(of: made))"
  }

  deinit { close(descriptor) }

  /// The next client; nil if there is none.
  /// - Throws: `FileError` if the process is out of descriptors or memory.
  func accept() throws(FileError) -> Int32? {
    while true {
      let client = Glibc.accept(descriptor, nil, nil)
      if client >= 0 {
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        return client
      }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EAGAIN: return nil
      default: throw .system(address, "accept a reader of metrics", errno)
      }
    }
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
      // The port has the same place in the addresses of both versions.
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
    }
  }
}
