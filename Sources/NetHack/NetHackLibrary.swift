import CNetHack
import CPlatform
import Environments
import Glibc
import Synchronization

/// NetHack's files, and private copies of its library. One object serves all games of a process.
///
/// NetHack keeps its state in global variables and can play one game in one process. Every environment therefore loads a
/// copy of the library of its own: the dynamic linker tells copies apart by inode, so a copy is an anonymous memory file.
/// The code in all copies is the same, so it is mapped from one more memory file, the image: with code of its own in
/// memory, each game would push the others out of the processor's caches (64 games in turn: less than half the speed).
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
    weak var opened: NetHackLibrary?
  }

  /// The library in `directory`, opened once for all the games that hold it.
  /// - Throws: `EnvironmentError` that says how to get the files if they are not there or of another version.
  static func current(directory: String) throws -> NetHackLibrary {
    try shared.withLock { weak in
      if let opened = weak.opened, opened.directory == directory { return opened }
      let library = try NetHackLibrary(directory: directory)
      weak.opened = library
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
      guard tengu_nethack_make_image(memory, file) == 0 else { throw Self.failure("memory for \(libraryFile)") }
    }
    // Every copy is the same, so one is checked.
    do {
      try NetHackLoadedLibrary.checkVersion(path: "/proc/self/fd/\(image)")
    } catch {
      throw EnvironmentError("\(libraryFile): \(error)")
    }
  }

  deinit { close(image) }

  /// Loads a private copy of the library: from memory, or from `folder`, which must be new, where the system forbids
  /// executing memory files.
  /// - Throws: `EnvironmentError` naming what could not be written or loaded.
  func load(folder: String) throws -> NetHackLoadedLibrary {
    let path = "\(folder)/\(Self.libraryName)"
    let memory = tengu_memory_file(Self.libraryName)
    let copy = memory >= 0 ? memory : open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o700)
    guard copy >= 0 else { throw Self.failure(path) }
    defer { close(copy) }
    try Self.copy(from: image, to: copy)
    // The dynamic linker also tells copies apart by path, so a memory file gets one that is not used again.
    guard memory < 0 || symlink("/proc/self/fd/\(memory)", path) == 0 else { throw Self.failure(path) }
    defer { unlink(path) }
    return try NetHackLoadedLibrary(path: path, image: image, memory: memory)
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
