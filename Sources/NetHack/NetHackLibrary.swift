import CNetHack
import CPlatform
import Environments
import Glibc
import Synchronization

/// NetHack's files, and private copies of its library. One object serves all games of a process.
///
/// NetHack keeps its state in global variables and can play one game per process. Every environment therefore loads a private
/// copy of the library. The dynamic linker distinguishes copies by inode, so a copy is an anonymous memory file. The code of
/// all copies is the same, so it is mapped from one shared memory file, the image: with a separate copy of the code for each
/// game, the games would evict each other from the processor's caches (64 games in turn: less than half the speed).
final class NetHackLibrary: Sendable {
  static let libraryName = "libnethack.so"
  static let dataName = "nhdat"

  private static let shared = Mutex(Weak())

  /// Absolute path of the data file.
  let dataFile: String
  /// Descriptor of the library in memory, so that changes to the file do not disturb games; or of the file itself if the
  /// system has no executable memory files.
  let image: Int32
  /// The folder with NetHack's files.
  let directory: String

  private struct Weak {
    weak var opened: NetHackLibrary?
  }

  /// The library in `directory`, opened once for all games that use it.
  /// - Throws: `EnvironmentError` that says how to get the files if they are missing or have another version.
  static func current(directory: String) throws -> NetHackLibrary {
    try shared.withLock { weak in
      if let opened = weak.opened, opened.directory == directory { return opened }
      let library = try NetHackLibrary(directory: directory)
      weak.opened = library
      return library
    }
  }

  /// - Throws: `EnvironmentError` that says how to get the files if they are missing in `directory` or have another version.
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
    // All copies are the same, so it is enough to check one.
    do {
      try NetHackLoadedLibrary.checkVersion(path: "/proc/self/fd/\(image)")
    } catch {
      throw EnvironmentError("\(libraryFile): \(error)")
    }
  }

  deinit { close(image) }

  /// Loads a private copy of the library from memory, or from `folder`, which must be new, if the system forbids to execute
  /// memory files.
  /// - Throws: `EnvironmentError` that names the file that could not be written or loaded.
  func load(folder: String) throws -> NetHackLoadedLibrary {
    let path = "\(folder)/\(Self.libraryName)"
    let memory = tengu_memory_file(Self.libraryName)
    let copy = memory >= 0 ? memory : open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o700)
    guard copy >= 0 else { throw Self.failure(path) }
    defer { close(copy) }
    try Self.copy(from: image, to: copy)
    // The dynamic linker also distinguishes copies by path, so a memory file gets a path that is not used again.
    guard memory < 0 || symlink("/proc/self/fd/\(memory)", path) == 0 else { throw Self.failure(path) }
    defer { unlink(path) }
    return try NetHackLoadedLibrary(path: path, image: image, memory: memory)
  }

  private static func copy(from source: Int32, to target: Int32) throws {
    var status = stat()
    guard fstat(source, &status) == 0 else { throw failure(libraryName) }
    var offset: off_t = 0  // threads share the descriptor's own offset
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

/// A loaded copy of the library for one game after another. `restore` resets it to the state after loading.
///
/// The pointers are valid until `unload`, which the owner (`NetHackGame`) calls after the end of the last game.
struct NetHackLoadedLibrary {
  private let handle: UnsafeMutableRawPointer
  private let fresh: NetHackVariables
  let start: tengu_nethack_start
  let step: tengu_nethack_step
  let end: tengu_nethack_end
  /// The hero's date of birth, in seconds since 1970; set by `start`.
  let birthday: UnsafeMutablePointer<Int64>

  /// Loads the copy at `path`, maps its code from `image`, and frees the memory of its own code in `memory`, the memory file
  /// behind `path` (-1 if there is none).
  /// - Throws: `EnvironmentError` if the copy cannot be loaded.
  init(path: String, image: Int32, memory: Int32) throws {
    handle = try Self.open(path)
    do {
      start = unsafeBitCast(try Self.symbol("nle_start", handle), to: tengu_nethack_start.self)
      step = unsafeBitCast(try Self.symbol("nle_step", handle), to: tengu_nethack_step.self)
      end = unsafeBitCast(try Self.symbol("nle_end", handle), to: tengu_nethack_end.self)
      birthday = try Self.symbol("ubirthday", handle).assumingMemoryBound(to: Int64.self)
      try Self.shareCode(of: handle, image: image, memory: memory)
      fresh = try NetHackVariables(tengu_nethack_variables(handle))
    } catch {
      dlclose(handle)
      throw error
    }
  }

  /// - Throws: `EnvironmentError` if the library at `path` does not have the version that CNetHack describes.
  static func checkVersion(path: String) throws {
    let handle = try open(path)
    defer { dlclose(handle) }
    let size = tengu_symbol_size(try symbol("settings", handle))
    let expected = tengu_nethack_settings_size()
    guard size == expected else {
      throw EnvironmentError(
        "libnethack.so has another version: its settings have \(size) bytes, those of NLE 1.3.0 have \(expected); "
          + "run scripts/get-nethack.sh")
    }
  }

  /// The memory of the global variables, which games write.
  var variables: tengu_nethack_region { tengu_nethack_variables(handle) }

  /// Access to the game's own variables.
  /// - Throws: `EnvironmentError` that names a missing symbol.
  func makeWorld() throws -> NetHackWorld { try NetHackWorld(handle: handle) }

  /// Resets the global variables. The previous game must have ended.
  func restore() { fresh.restore() }

  func unload() { dlclose(handle) }

  private static func open(_ path: String) throws -> UnsafeMutableRawPointer {
    // RTLD_DEEPBIND: NetHack's fatal errors must call its own error(); glibc's would end the process.
    // RTLD_NOW: with lazy binding, each game would have to find its functions again.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND) else {
      throw EnvironmentError("NetHack's library could not be loaded: \(String(cString: dlerror()))")
    }
    return handle
  }

  private static func shareCode(of handle: UnsafeMutableRawPointer, image: Int32, memory: Int32) throws {
    guard tengu_nethack_share_code(handle, image, memory) != 0 else { return }
    // If the system refuses, the copy keeps its own code, which is only slower.
    guard errno == EACCES else {
      throw EnvironmentError("NetHack's code could not be mapped: \(String(cString: strerror(errno)))")
    }
  }

  private static func symbol(_ name: String, _ handle: UnsafeMutableRawPointer) throws -> UnsafeMutableRawPointer {
    guard let address = dlsym(handle, name) else {
      throw EnvironmentError("libnethack.so has no symbol \(name); run scripts/get-nethack.sh")
    }
    return address
  }
}

/// The global variables of a library as they were right after loading.
///
/// NetHack expects these values at the start of a game, because as a program it starts once. Restoring them takes 0.4 ms;
/// loading the library again, with all its pages and symbols, takes 1.4 ms.
///
/// `start` is valid while the library is loaded, and no code of the library may run during `restore`.
final class NetHackVariables {
  private let start: UnsafeMutableRawPointer
  private let pageBytes = Int(getpagesize())
  private let pageCount: Int
  /// The contents of the pages that were not all zero, one after the other.
  private let saved: UnsafeMutableRawPointer
  /// The place of each page in `saved`, or `zero`.
  private let places: [Int]

  private static let zero = -1

  /// Saves the variables. Call it before the first game.
  /// - Throws: `EnvironmentError` if the library has an unknown layout.
  init(_ region: tengu_nethack_region) throws {
    guard let start = region.start else {
      throw EnvironmentError("libnethack.so has no variables; run scripts/get-nethack.sh")
    }
    self.start = start
    pageCount = region.byteCount / pageBytes
    var places: [Int] = []
    var next = 0
    for page in 0..<pageCount {
      let isZero = Self.isZero(start + page * pageBytes, byteCount: pageBytes)
      places.append(isZero ? Self.zero : next)
      if !isZero { next += pageBytes }
    }
    self.places = places
    saved = .allocate(byteCount: max(1, next), alignment: 64)
    for (page, place) in places.enumerated() where place != Self.zero {
      memcpy(saved + place, start + page * pageBytes, pageBytes)
    }
  }

  deinit { saved.deallocate() }

  /// Writes only to pages that the game changed, so that untouched pages take no memory.
  func restore() {
    for (page, place) in places.enumerated() {
      let memory = start + page * pageBytes
      if place == Self.zero {
        if !Self.isZero(memory, byteCount: pageBytes) { memset(memory, 0, pageBytes) }
      } else if memcmp(memory, saved + place, pageBytes) != 0 {
        memcpy(memory, saved + place, pageBytes)
      }
    }
  }

  private static func isZero(_ memory: UnsafeMutableRawPointer, byteCount: Int) -> Bool {
    let words = memory.assumingMemoryBound(to: UInt64.self)
    return words[0] == 0 && memcmp(memory, memory + 8, byteCount - 8) == 0
  }
}
