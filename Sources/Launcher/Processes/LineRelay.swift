import Glibc

/// Copies a child's output, each line after the child's name.
final class LineRelay {
  /// The descriptor to read from.
  let descriptor: Int32
  /// The descriptor the child writes to. It stays open here, so a child that is started again writes to the same pipe.
  let writer: Int32
  private let target: Int32
  private let prefix: [UInt8]
  private var line: [UInt8] = []

  /// - Parameters:
  ///   - name: what each line begins with.
  ///   - target: the descriptor that receives the lines.
  /// - Throws: `LauncherError` when the process is out of descriptors.
  init(name: String, to target: Int32 = STDERR_FILENO) throws(LauncherError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .system("make a pipe for", name, errno) }
    descriptor = ends[0]
    writer = ends[1]
    // The child gets a copy of the writing end, which blocks.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    prefix = Array("\(name) | ".utf8)
    self.target = target
  }

  deinit {
    close(descriptor)
    close(writer)
  }

  /// Copies the lines that have arrived.
  func pump() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return }
      for byte in buffer[..<count] {
        line.append(byte)
        if byte == UInt8(ascii: "\n") { flush() }
      }
    }
  }

  private func flush() {
    writeAll(prefix + line, to: target)
    line.removeAll(keepingCapacity: true)
  }
}
