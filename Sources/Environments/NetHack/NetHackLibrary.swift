import CPlatform
import Glibc
import Synchronization

/// NetHack's files, and private copies of its library. One object serves all games of a process.
///
/// NetHack keeps its state in global variables and can play one game in one process. Every game therefore loads a copy
/// of the library of its own: the dynamic linker tells copies apart by inode, so a copy is an anonymous memory file. The
/// code in all copies is the same, so it is mapped from one more memory file, the image: with code of its own in memory,
/// each game would push the others out of the processor's caches (64 games in turn: less than half the speed).
final class NetHackLibrary: Sendable {
  static let libraryName = "libnethack.so"
  static let dataName = "nhdat"

  private static let shared = Mutex(Weak())

  /// Absolute path of the data file.
  let dataFile: String
  /// The library in memory, so that nothing that happens to the file disturbs games; or the file itself, where the system
  /// has no executable memory files.
  let image: Int32
  private let directory: String

  private struct Weak {
    weak var library: NetHackLibrary?
  }

  /// The library in `directory`, opened once for all the games that hold it.
  /// - Throws: `EnvironmentError` that says how to get the files if they are not there or of another version.
  static func current(directory: String) throws -> NetHackLibrary {
    try shared.withLock { weak in
      if let library = weak.library, library.directory == directory { return library }
      let library = try NetHackLibrary(directory: directory)
      weak.library = library
      return library
    }
  }

  /// - Throws: `EnvironmentError` that says how to get the files if they are not in `directory` or of another version.
  init(directory: String) throws {
    func find(_ name: String) throws -> String {
      guard let path = realpath("\(directory)/\(name)", nil) else {
        throw EnvironmentError(
          "NetHack is not installed: \(directory)/\(name) is missing; run scripts/setup.sh (or scripts/get-nethack.sh)")
      }
      defer { free(path) }
      return String(cString: path)
    }
    let libraryFile = try find(Self.libraryName)
    dataFile = try find(Self.dataName)
    self.directory = directory
    let file = open(libraryFile, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure(libraryFile) }
    let memory = tengu_memory_file(Self.libraryName)
    image = memory >= 0 ? memory : file
    if memory >= 0 {
      defer { close(file) }
      try Self.copy(from: file, to: memory)
    }
    // Every copy is the same, so one is checked.
    let loaded = try NetHackLoadedLibrary(descriptor: image, image: image)
    defer { loaded.unload() }
    try loaded.checkVersion()
  }

  deinit { close(image) }

  /// A private copy of the library as an open descriptor: in memory, or in `folder` where the system forbids executing that.
  /// - Throws: `EnvironmentError` naming the file that could not be written.
  func copy(folder: String) throws -> Int32 {
    var target = tengu_memory_file(Self.libraryName)
    if target < 0 {
      let path = "\(folder)/\(Self.libraryName)"
      target = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o700)
      guard target >= 0 else { throw Self.failure(path) }
    }
    do {
      try Self.copy(from: image, to: target)
    } catch {
      close(target)
      throw error
    }
    return target
  }

  private static func copy(from source: Int32, to target: Int32) throws {
    var status = stat()
    guard fstat(source, &status) == 0 else { throw failure(libraryName) }
    var offset: off_t = 0  // not the descriptor's own, which threads share
    while offset < status.st_size {
      guard sendfile(target, source, &offset, Int(status.st_size - offset)) > 0 else {
        throw failure("copy of \(libraryName)")
      }
    }
  }

  private static func failure(_ name: String) -> EnvironmentError {
    EnvironmentError("\(name): \(String(cString: strerror(errno)))")
  }
}
