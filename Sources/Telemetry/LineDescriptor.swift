import Glibc

/// A file descriptor of another owner, such as standard output, to which whole texts are written.
struct LineDescriptor: Sendable {
  let number: Int32

  /// Writes all of `text`, in one call unless the system takes less. Returns errno, or 0.
  func write(_ text: String) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(number, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return errno }
        written += count
      }
      return 0
    }
  }
}
