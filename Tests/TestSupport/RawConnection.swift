import Glibc

/// A TCP connection that speaks ZMTP 3.0 without libzmq, for what libzmq's own sockets refuse to send: routing ids that
/// begin with zero, messages without an end, handshakes that stop half way. Mechanism NULL.
public final class RawConnection {
  private let descriptor: Int32
  /// The local address, such as "127.0.0.1".
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// A TCP connection to a port of this machine, on which nothing was sent.
  public init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
  }

  deinit { close(descriptor) }

  /// The whole handshake of a DEALER.
  /// - Parameter route: the routing id that it chooses; empty = the other end chooses.
  public func greet(route: [UInt8] = []) throws {
    var greeting: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0]
    greeting += Array("NULL".utf8)
    greeting += [UInt8](repeating: 0, count: 64 - greeting.count)
    try send(greeting)
    func property(_ name: String, _ value: [UInt8]) -> [UInt8] {
      [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.count)] + value
    }
    let ready =
      [5] + Array("READY".utf8) + property("Socket-Type", Array("DEALER".utf8)) + property("Identity", route)
    try send([0x04, UInt8(ready.count)] + ready)
    // Their greeting and their READY.
    _ = try receive(64)
    let header = try receive(2)
    _ = try receive(Int(header[1]))
  }

  /// Sends one frame of at most 255 bytes.
  public func send(frame: [UInt8], more: Bool = false) throws {
    try send([more ? 1 : 0, UInt8(frame.count)] + frame)
  }

  /// Sends bytes as they are.
  /// - Throws: `Failure` once the other end has cut the connection.
  public func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  /// Exactly `count` bytes.
  /// - Throws: `Failure` if the other end closes before.
  public func receive(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let more = bytes[got...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      guard more > 0 else { throw Failure(description: "the other end has closed the connection") }
      got += more
    }
    return bytes
  }

  /// Everything that the other end sends until it closes.
  /// - Throws: `Failure` if it stays silent for ten seconds.
  public func receiveAll() throws -> [UInt8] {
    var (bytes, part) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      guard poll(&waiting, 1, 10_000) > 0 else { throw Failure(description: "the other end is silent") }
      let count = recv(descriptor, &part, part.count, 0)
      guard count >= 0 else { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
      if count == 0 { return bytes }
      bytes += part.prefix(count)
    }
  }

  /// Whether the other end closes the connection within `seconds`; what it sends meanwhile is discarded.
  public func isCut(within seconds: Double) -> Bool {
    var rest = [UInt8](repeating: 0, count: 4096)
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let deadline = Self.now + seconds
    while Self.now < deadline {
      guard poll(&waiting, 1, 50) > 0 else { continue }
      if recv(descriptor, &rest, rest.count, 0) <= 0 { return true }
    }
    return false
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
