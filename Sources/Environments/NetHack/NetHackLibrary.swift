import CNetHack
import CPlatform
import Glibc

/// NetHack's files, and private copies of its library.
///
/// NetHack keeps its state in global variables and can play one game in one process. Every game therefore loads a copy
/// of the library of its own: the dynamic linker tells copies apart by inode, so a copy is an anonymous memory file.
struct NetHackLibrary: Sendable {
  static let libraryName = "libnethack.so"
  static let dataName = "nhdat"

  /// Absolute paths.
  let libraryFile: String
  let dataFile: String

  /// - Throws: `EnvironmentError` that says how to get the files if they are not in `directory`.
  init(directory: String) throws {
    func find(_ name: String) throws -> String {
      guard let path = realpath("\(directory)/\(name)", nil) else {
        throw EnvironmentError(
          "NetHack is not installed: \(directory)/\(name) is missing; run scripts/setup.sh (or scripts/get-nethack.sh)")
      }
      defer { free(path) }
      return String(cString: path)
    }
    libraryFile = try find(Self.libraryName)
    dataFile = try find(Self.dataName)
  }

  /// A private copy of the library as an open descriptor: in anonymous memory, or in `folder` where the system forbids
  /// executing that.
  func copy(folder: String) throws -> Int32 {
    let source = open(libraryFile, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw Self.failure(libraryFile) }
    defer { close(source) }
    var target = tengu_memory_file(Self.libraryName)
    if target < 0 {
      let path = "\(folder)/\(Self.libraryName)"
      target = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o700)
      guard target >= 0 else { throw Self.failure(path) }
    }
    var status = stat()
    var remaining = fstat(source, &status) == 0 ? Int(status.st_size) : 0
    while remaining > 0 {
      let sent = sendfile(target, source, nil, remaining)
      guard sent > 0 else {
        close(target)
        throw Self.failure("copy of \(libraryFile)")
      }
      remaining -= sent
    }
    return target
  }

  private static func failure(_ name: String) -> EnvironmentError {
    EnvironmentError("\(name): \(String(cString: strerror(errno)))")
  }
}
