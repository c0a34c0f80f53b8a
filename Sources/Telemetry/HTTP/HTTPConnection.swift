import Glibc

/// One client of an `HTTPServer`: it sends one request, gets one response and is cut.
///
/// Only the server's thread uses it. The descriptor is non-blocking and closed when the object is deallocated.
final class HTTPConnection {
  /// Seconds that a client may take for its request and the response.
  static let patienceSeconds = 5.0

  let descriptor: Int32
  /// When the client is cut, by the monotonic clock.
  let deadline: Double
  private var request: [UInt8] = []
  private var response: ArraySlice<UInt8> = []
  private var hasAnswer = false
  /// Whether there is nothing more to do.
  private(set) var isOver = false

  init(_ descriptor: Int32, now: Double) {
    self.descriptor = descriptor
    deadline = now + Self.patienceSeconds
  }

  deinit { close(descriptor) }

  /// Whether the connection waits to write rather than to read.
  var wantsToWrite: Bool { hasAnswer }

  /// Reads what has arrived, and answers once the request is complete. Writes as much as the socket takes.
  func advance(answer: (HTTPRequest) -> HTTPResponse) {
    if !hasAnswer { read(answer) }
    if hasAnswer { write() }
  }

  private func read(_ answer: (HTTPRequest) -> HTTPResponse) {
    var buffer = [UInt8](repeating: 0, count: HTTPRequest.maximumBytes - request.count)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else {
      isOver = true
      return
    }
    request += buffer.prefix(count)
    do {
      guard let head = try HTTPRequest.read(request) else { return }
      respond(answer(head).bytes(hasBody: head.method == "GET"))
    } catch {
      respond(HTTPResponse(error).bytes())
    }
  }

  private func respond(_ bytes: [UInt8]) {
    response = bytes[...]
    hasAnswer = true
  }

  private func write() {
    while !response.isEmpty {
      let count = response.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return }
      guard count > 0 else { break }
      response = response.dropFirst(count)
    }
    // Without this, closing with unread bytes would reset the connection before the client has read the response.
    shutdown(descriptor, Int32(SHUT_WR))
    isOver = true
  }
}
