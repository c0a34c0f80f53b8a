import Foundation

/// Writes a line for the user to standard error. It never fails: the terminal may be gone while a run is still to be
/// ended.
func say(_ line: String) { writeAll(Array("\(line)\n".utf8), to: STDERR_FILENO) }

/// Writes bytes to a descriptor, and gives up at the first error.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      rest = rest.dropFirst(count)
    } else if errno != EINTR {
      return
    }
  }
}

/// Replaces a small file by one line, so that a reader sees the old line or the new one. Failure is ignored.
func writeLine(_ line: String, to path: String) {
  let temporary = "\(path).new"
  guard let descriptor = try? openForWriting(temporary, O_TRUNC) else { return }
  writeAll(Array("\(line)\n".utf8), to: descriptor)
  close(descriptor)
  rename(temporary, path)
}

/// The first line of a file; nil if the file is missing or empty.
func firstLine(of path: String) -> String? {
  guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
  return text.split(separator: "\n").first.map(String.init)
}

/// Opens a file for writing, and makes it if it is missing.
/// - Parameter flags: O_APPEND or O_TRUNC.
/// - Throws: `LauncherError` naming the file.
func openForWriting(_ path: String, _ flags: Int32) throws(LauncherError) -> Int32 {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o644)
  guard descriptor >= 0 else { throw .system("write", path, errno) }
  return descriptor
}

/// The last line of a file that is not empty, at most 500 bytes of it; nil if there is none.
func lastLine(of path: String) -> String? {
  let tailBytes: UInt64 = 65_536
  guard let file = FileHandle(forReadingAtPath: path) else { return nil }
  defer { try? file.close() }
  guard let end = try? file.seekToEnd() else { return nil }
  guard (try? file.seek(toOffset: end > tailBytes ? end - tailBytes : 0)) != nil else { return nil }
  guard let data = try? file.readToEnd() else { return nil }
  return data.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0.prefix(500), as: UTF8.self) }
}

/// The folder that contains a path.
func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

/// The current time in a format of `strftime`.
/// - Parameter calendar: `gmtime_r` or `localtime_r`.
func timeStamp(
  _ format: String, _ calendar: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
) -> String {
  var now = time(nil)
  var parts = tm()
  _ = calendar(&now, &parts)
  var text = [CChar](repeating: 0, count: 64)
  let count = strftime(&text, text.count, format, &parts)
  return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
