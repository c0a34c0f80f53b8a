import Environments
import FoundationEssentials
import Glibc
import Synchronization

/// The process's folder of game folders, on tmpfs if there is room. The last game removes it.
///
/// A killed process leaves its folder behind. Each process therefore holds a lock (flock) on its folder while it lives, and
/// every new process removes the folders whose lock it can take. (Unlike a process id, a lock also works between containers
/// that share /dev/shm.)
final class NetHackScratch: Sendable {
  private static let prefix = "tengu-nethack-"
  /// A game writes a few hundred kilobytes of levels. A tmpfs with less free space than this is not used.
  private static let minimumFreeBytes: UInt64 = 1 << 30
  private static let maximumAttempts = 16

  private static let shared = Mutex(Weak())
  private static let nextGame = Atomic<Int>(0)

  /// The folder, absolute.
  let path: String
  /// The descriptor that holds the lock.
  private let descriptor: Int32

  private struct Weak {
    weak var scratch: NetHackScratch?
  }

  /// The process's folder; creates it if no game holds it.
  /// - Throws: `EnvironmentError` if no temporary folder can be written.
  static func current() throws -> NetHackScratch {
    try shared.withLock { weak in
      if let scratch = weak.scratch { return scratch }
      let base = chooseBase()
      removeAbandoned(in: base)
      let scratch = try NetHackScratch(in: base)
      weak.scratch = scratch
      _ = removesAtExit
      return scratch
    }
  }

  /// Removes the folder if the process exits while games still exist; registered once.
  private static let removesAtExit: Void = {
    atexit {
      let path = NetHackScratch.shared.withLock { $0.scratch?.path }
      if let path { try? FileManager.default.removeItem(atPath: path) }
    }
  }()

  /// - Throws: `EnvironmentError` if `base` cannot be written.
  init(in base: String) throws {
    for _ in 0..<Self.maximumAttempts {
      var template = Array("\(base)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else {
        throw EnvironmentError("NetHack's temporary folder in \(base): \(String(cString: strerror(errno)))")
      }
      let path = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map(UInt8.init), as: UTF8.self) }
      // Before it was locked, another process may have removed the new folder as abandoned; then try again.
      if let descriptor = Self.lock(path) {
        self.path = path
        self.descriptor = descriptor
        return
      }
    }
    throw EnvironmentError("NetHack's temporary folder in \(base) could not be locked")
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    close(descriptor)
  }

  /// Creates a folder for one game with the data file and the files that NetHack requires.
  /// - Parameter links: the targets of further links by their names.
  /// - Throws: `EnvironmentError` that names the file that could not be created.
  func makeGameFolder(dataFile: String, links: [String: String] = [:]) throws -> String {
    let index = Self.nextGame.wrappingAdd(1, ordering: .relaxed).oldValue
    let folder = "\(path)/\(index)"
    guard mkdir(folder, 0o700) == 0, mkdir("\(folder)/save", 0o700) == 0 else { throw Self.failure(folder) }
    for (name, target) in links.merging(["nhdat": dataFile], uniquingKeysWith: { first, _ in first }) {
      guard symlink(target, "\(folder)/\(name)") == 0 else { throw Self.failure("\(folder)/\(name)") }
    }
    try Self.emptyRecords(in: folder, names: ["perm"] + Self.records)
    return folder
  }

  /// Empties the score files, which grow with every game and are shown at the end of a game.
  static func emptyRecords(in folder: String) throws {
    try emptyRecords(in: folder, names: records)
  }

  func removeGameFolder(_ folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Removes the folders in `base` whose processes have ended.
  static func removeAbandoned(in base: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let path = "\(base)/\(name)"
      guard let descriptor = lock(path) else { continue }
      try? FileManager.default.removeItem(atPath: path)
      close(descriptor)
    }
  }

  private static let records = ["record", "logfile", "xlogfile"]

  private static func emptyRecords(in folder: String, names: [String]) throws {
    for name in names {
      let descriptor = open("\(folder)/\(name)", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw failure("\(folder)/\(name)") }
      close(descriptor)
    }
  }

  private static func failure(_ path: String) -> EnvironmentError {
    EnvironmentError("\(path): \(String(cString: strerror(errno)))")
  }

  /// TMPDIR if it is set, otherwise /dev/shm if it has room, otherwise /tmp.
  private static func chooseBase() -> String {
    if let chosen = getenv("TMPDIR"), access(chosen, W_OK) == 0 { return String(cString: chosen) }
    var status = statvfs()
    let memory = "/dev/shm"
    if access(memory, W_OK) == 0, statvfs(memory, &status) == 0,
      UInt64(status.f_bavail) * UInt64(status.f_frsize) >= minimumFreeBytes
    {
      return memory
    }
    return "/tmp"
  }

  /// A descriptor that holds the lock of the folder at `path`; nil if another process has it or the folder is gone.
  private static func lock(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var opened = stat()
    var named = stat()
    let isOurs =
      flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino
    if !isOurs {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
