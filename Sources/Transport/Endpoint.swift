import Glibc

/// An address of a learner: a TCP host and port, or a name inside the process.
public enum Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// `host` is a name or a numeric address without brackets; "*" listens on every interface. Port 0 takes a free port.
  case tcp(host: String, port: UInt16)
  case inproc(String)

  /// Parses "HOST:PORT", "tcp://HOST:PORT" ("[::1]:PORT" for IPv6) or "inproc://NAME".
  /// - Throws: `TransportError.invalidEndpoint`.
  public init(_ text: String) throws(TransportError) {
    if text.hasPrefix("inproc://") {
      let name = text.dropFirst("inproc://".count)
      guard !name.isEmpty else { throw .invalidEndpoint(text, reason: "the name is empty") }
      self = .inproc(String(name))
      return
    }
    let address = text.hasPrefix("tcp://") ? text.dropFirst("tcp://".count) : text[...]
    guard !address.contains("/") else {
      throw .invalidEndpoint(text, reason: "expected HOST:PORT, tcp://HOST:PORT or inproc://NAME")
    }
    guard let colon = address.lastIndex(of: ":") else {
      throw .invalidEndpoint(text, reason: "the port is missing (HOST:PORT)")
    }
    let digits = address[address.index(after: colon)...]
    guard !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit), let port = UInt16(digits) else {
      throw .invalidEndpoint(text, reason: "the port is not a number from 0 to 65535")
    }
    self = .tcp(host: try Self.host(address[..<colon], of: text), port: port)
  }

  private static func host(_ part: Substring, of text: String) throws(TransportError) -> String {
    var host = part
    if host.hasPrefix("[") {
      guard host.hasSuffix("]") else { throw .invalidEndpoint(text, reason: "\"]\" is missing") }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw .invalidEndpoint(text, reason: "an IPv6 address needs brackets, as in [::1]:5555")
    }
    guard !host.isEmpty else { throw .invalidEndpoint(text, reason: "the host is empty") }
    guard host.allSatisfy({ $0.isASCII && !$0.isWhitespace && !"[];@".contains($0) && $0 > " " }) else {
      throw .invalidEndpoint(text, reason: "the host holds a character that no host has")
    }
    return String(host)
  }

  /// "HOST:PORT", which `init` parses again.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .inproc(let name): "inproc://\(name)"
    }
  }

  /// Whether only this machine (or process) can reach the address. Names other than "localhost" are not looked up and
  /// count as foreign.
  public var isLoopback: Bool {
    switch self {
    case .inproc: true
    case .tcp(let host, _): host == "localhost" || Self.isLoopbackAddress(host)
    }
  }

  /// Whether `host` is a numeric address of 127.0.0.0/8 or ::1.
  static func isLoopbackAddress(_ host: String) -> Bool {
    var version4 = in_addr()
    if inet_pton(AF_INET, host, &version4) == 1 { return UInt32(bigEndian: version4.s_addr) >> 24 == 127 }
    var version6 = in6_addr()
    guard inet_pton(AF_INET6, host, &version6) == 1 else { return false }
    return withUnsafeBytes(of: &version6) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
  }

  var isVersion6: Bool {
    if case .tcp(let host, _) = self { return host.contains(":") }
    return false
  }

  /// The address in the form that libzmq expects. It binds to interfaces and numeric addresses only, not to names.
  func locator(binding: Bool) -> String {
    switch self {
    case .inproc: description
    case .tcp("localhost", let port) where binding: "tcp://127.0.0.1:\(port)"
    case .tcp: "tcp://\(description)"
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { "0" <= self && self <= "9" && isASCII }
}
