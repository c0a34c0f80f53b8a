import Glibc
import Transport

/// A connection to an environment server: whole messages in both directions, in order. A message is a header frame and,
/// where it has data, a data frame. Used by one thread at a time.
protocol ServerChannel: AnyObject {
  /// Sends a message.
  /// - Throws: `ServerProblem` if the server takes none.
  func send(header: Frame, data: Frame?) throws(ServerProblem)

  /// The next message, or nil if none has arrived completely.
  func receive() throws(ServerProblem) -> (header: Frame, data: Frame?)?

  /// Waits until something has arrived, for at most `milliseconds`.
  func wait(milliseconds: Int) throws(ServerProblem)
}

/// A stream socket, one end of a pair. Each message is the sizes of the header and of the data, both UInt32, and then the two.
final class StreamChannel: ServerChannel {
  private static let prefixBytes = 8
  /// Memory for bytes that have arrived: one read of an ordinary step.
  private static let firstCapacity = 64 << 10

  private let descriptor: Int32
  private let maximumDataBytes: Int
  /// Bytes that have arrived and were not taken: `count` of `capacity`.
  private var buffer: UnsafeMutableRawPointer
  private var capacity = StreamChannel.firstCapacity
  private var count = 0

  /// - Parameters:
  ///   - descriptor: a stream socket, which this object closes.
  ///   - maximumDataBytes: of a message.
  init(descriptor: Int32, maximumDataBytes: Int) {
    self.descriptor = descriptor
    self.maximumDataBytes = maximumDataBytes
    buffer = .allocate(byteCount: capacity, alignment: 8)
  }

  deinit {
    close(descriptor)
    buffer.deallocate()
  }

  func send(header: Frame, data: Frame?) throws(ServerProblem) {
    let sizes = [UInt32(clamping: header.count).littleEndian, UInt32(clamping: data?.count ?? 0).littleEndian]
    let message = Frame(count: Self.prefixBytes + header.count + (data?.count ?? 0)) { memory in
      sizes.withUnsafeBytes { memory.copyMemory(from: $0) }
      header.withBytes { UnsafeMutableRawBufferPointer(rebasing: memory[Self.prefixBytes...]).copyMemory(from: $0) }
      data?.withBytes {
        UnsafeMutableRawBufferPointer(rebasing: memory[(Self.prefixBytes + header.count)...]).copyMemory(from: $0)
      }
    }
    try send(message)
  }

  /// Sends bytes as they are.
  func send(_ message: Frame) throws(ServerProblem) {
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    try message.withBytes { bytes throws(ServerProblem) in
      var sent = 0
      while sent < bytes.count {
        let part = Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, flags)
        if part > 0 {
          sent += part
        } else if errno == EAGAIN {
          // The server may wait until its own message is read.
          try poll(Int16(POLLIN | POLLOUT), milliseconds: -1)
          try fill()
        } else if errno != EINTR {
          throw ServerProblem("takes no more messages (\(String(cString: strerror(errno))))")
        }
      }
    }
  }

  func receive() throws(ServerProblem) -> (header: Frame, data: Frame?)? {
    if let message = try takeMessage() { return message }
    try fill()
    return try takeMessage()
  }

  func wait(milliseconds: Int) throws(ServerProblem) { try poll(Int16(POLLIN), milliseconds: milliseconds) }

  private func poll(_ events: Int16, milliseconds: Int) throws(ServerProblem) {
    var item = pollfd(fd: descriptor, events: events, revents: 0)
    if Glibc.poll(&item, 1, Int32(clamping: milliseconds)) < 0, errno != EINTR {
      throw ServerProblem("cannot be waited for (\(String(cString: strerror(errno))))")
    }
  }

  /// Reads what has arrived.
  private func fill() throws(ServerProblem) {
    while true {
      if count == capacity { try grow(to: 2 * capacity) }
      let part = recv(descriptor, buffer + count, capacity - count, Int32(MSG_DONTWAIT))
      if part > 0 {
        count += part
        if count < capacity { return }
      } else if part == 0 {
        throw ServerProblem("has closed its connection")
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        throw ServerProblem("cannot be read (\(String(cString: strerror(errno))))")
      }
    }
  }

  private func grow(to size: Int) throws(ServerProblem) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    larger.copyMemory(from: buffer, byteCount: count)
    buffer.deallocate()
    (buffer, capacity) = (larger, size)
  }

  private func takeMessage() throws(ServerProblem) -> (header: Frame, data: Frame?)? {
    guard count >= Self.prefixBytes else { return nil }
    let headerBytes = Int(clamping: UInt32(littleEndian: buffer.load(as: UInt32.self)))
    let dataBytes = Int(clamping: UInt32(littleEndian: buffer.load(fromByteOffset: 4, as: UInt32.self)))
    guard headerBytes <= ServerReply.maximumHeaderBytes, dataBytes <= maximumDataBytes else {
      throw ServerProblem("sent a message of \(headerBytes) and \(dataBytes) bytes, more than any reply has")
    }
    let total = Self.prefixBytes + headerBytes + dataBytes
    guard count >= total else {
      if capacity < total { try grow(to: total) }
      return nil
    }
    let bytes = UnsafeRawBufferPointer(start: buffer, count: total)
    let header = Frame(
      copying: UnsafeRawBufferPointer(rebasing: bytes[Self.prefixBytes..<Self.prefixBytes + headerBytes]))
    let data =
      dataBytes == 0
      ? nil : Frame(copying: UnsafeRawBufferPointer(rebasing: bytes[(Self.prefixBytes + headerBytes)...]))
    count -= total
    if count > 0 { memmove(buffer, buffer + total, count) }
    return (header, data)
  }
}

/// A ZeroMQ socket that is connected to a server at an address.
final class SocketChannel: ServerChannel {
  private static let reconnectMilliseconds = 100
  /// One context for all servers of this process: its thread only moves messages.
  private static let context = Result { try MessagingContext() }

  private let socket: DealerSocket
  private let poller = Poller()

  init(_ endpoint: Endpoint, security: ConnectSecurity, maximumDataBytes: Int) throws(ServerProblem) {
    do {
      var options = SocketOptions(maximumFrameBytes: maximumDataBytes)
      options.lingerMilliseconds = 0
      // A request may wait until the server listens.
      options.onlyFinishedConnections = false
      options.reconnectMilliseconds = Self.reconnectMilliseconds
      socket = try DealerSocket(Self.context.get(), options: options, security: security)
      try socket.connect(endpoint)
    } catch {
      throw ServerProblem("cannot be reached: \(error)")
    }
    _ = poller.add(socket)
  }

  func send(header: Frame, data: Frame?) throws(ServerProblem) {
    let result = try Self.reaching { () throws in try socket.send([header] + (data.map { [$0] } ?? [])) }
    guard result == .sent else { throw ServerProblem("takes no more messages") }
  }

  func receive() throws(ServerProblem) -> (header: Frame, data: Frame?)? {
    guard let message = try Self.reaching({ () throws in try socket.receive() }) else { return nil }
    guard let header = message.frames.first else { throw ServerProblem("sent an empty message") }
    return (header, message.frames.dropFirst().first)
  }

  func wait(milliseconds: Int) throws(ServerProblem) {
    _ = try Self.reaching { () throws in try poller.wait(milliseconds: milliseconds) }
  }

  private static func reaching<Value>(_ body: () throws -> Value) throws(ServerProblem) -> Value {
    do { return try body() } catch { throw ServerProblem("cannot be reached: \(error)") }
  }
}
