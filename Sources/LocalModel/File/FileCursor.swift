import Glibc
import Runtime

/// Reads a file of the GGUF format from its beginning. Every count that the file states is compared with a limit before
/// memory is taken for it.
final class FileCursor {
  /// Bytes of the longest text; chat templates have some ten thousand.
  static let maximumTextBytes = 1 << 20

  let path: String
  /// Bytes of the whole file.
  let size: Int
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Where in the file the buffer begins.
  private var bufferStart = 0
  /// The next byte's place in the buffer.
  private var next = 0

  private static let bufferBytes = 1 << 20

  /// - Throws: if the file cannot be opened or is no regular file.
  init(path: String) throws(LocalModelError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw LocalModelError(path, "\(String(cString: strerror(errno))); name a readable file of the GGUF format")
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw LocalModelError(path, "it is no regular file; name a file of the GGUF format")
    }
    size = Int(clamping: facts.st_size)
  }

  deinit { close(descriptor) }

  /// Bytes from the file's beginning to the next one that is read.
  var position: Int { bufferStart + next }

  /// Copies bytes from anywhere in the file.
  /// - Throws: if the file ends before them.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(LocalModelError) {
    var done = 0
    while done < target.count {
      guard let start = target.baseAddress else { return }
      let count = pread(descriptor, start + done, target.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw LocalModelError.damaged(path, "it ends after \(offset + done) bytes") }
      done += count
    }
  }

  private func byte() throws(LocalModelError) -> UInt8 {
    if next == buffer.count {
      bufferStart += buffer.count
      let count = min(Self.bufferBytes, size - bufferStart)
      guard count > 0 else { throw LocalModelError.damaged(path, "it ends after \(bufferStart) bytes") }
      buffer = [UInt8](repeating: 0, count: count)
      next = 0
      var failure: LocalModelError?
      buffer.withUnsafeMutableBytes { bytes in
        do throws(LocalModelError) { try read(at: bufferStart, into: bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
    defer { next += 1 }
    return buffer[next]
  }

  /// A number in little-endian order.
  func number<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(LocalModelError) -> Value {
    var value: UInt64 = 0
    for index in 0..<(Value.bitWidth / 8) { value |= UInt64(try byte()) << (8 * UInt64(index)) }
    return Value(truncatingIfNeeded: value)
  }

  /// A count of at most `limit`.
  func count(_ what: String, limit: Int) throws(LocalModelError) -> Int {
    let value = try number(UInt64.self)
    guard let count = Int(exactly: value), count <= limit else {
      throw LocalModelError.damaged(path, "it states \(value) \(what), and at most \(limit) are possible")
    }
    return count
  }

  /// A text; bytes that are no UTF-8 are replaced.
  func text() throws(LocalModelError) -> String {
    let count = try count("bytes of a text", limit: min(Self.maximumTextBytes, size))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, 256))
    for _ in 0..<count { bytes.append(try byte()) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
