import CNetHack
import CPlatform
import Environments
import Glibc

/// One loaded copy of the library, good for one game after another: before each it is put back as it was when loaded.
///
/// Rule of its pointers: they are valid until `unload`, which its one owner (`NetHackGame`) calls after the last game ended.
struct NetHackLoadedLibrary {
  private let handle: UnsafeMutableRawPointer
  private let fresh: NetHackVariables
  let start: tengu_nethack_start
  let step: tengu_nethack_step
  let end: tengu_nethack_end

  /// Loads the copy at `path`, takes its code from `image`, and gives back the memory its own code takes in `memory`, the
  /// memory file that `path` leads to (-1: it leads to none).
  /// - Throws: `EnvironmentError` if it cannot be loaded.
  init(path: String, image: Int32, memory: Int32) throws {
    handle = try Self.open(path)
    do {
      start = unsafeBitCast(try Self.symbol("nle_start", handle), to: tengu_nethack_start.self)
      step = unsafeBitCast(try Self.symbol("nle_step", handle), to: tengu_nethack_step.self)
      end = unsafeBitCast(try Self.symbol("nle_end", handle), to: tengu_nethack_end.self)
      try Self.shareCode(of: handle, image: image, memory: memory)
      fresh = try NetHackVariables(tengu_nethack_variables(handle))
    } catch {
      dlclose(handle)
      throw error
    }
  }

  /// - Throws: `EnvironmentError` if the library at `path` is not the version that CNetHack describes.
  static func checkVersion(path: String) throws {
    let handle = try open(path)
    defer { dlclose(handle) }
    let size = tengu_symbol_size(try symbol("settings", handle))
    let expected = tengu_nethack_settings_size()
    guard size == expected else {
      throw EnvironmentError(
        "libnethack.so is of another version: its settings have \(size) bytes, those of NLE 1.3.0 have \(expected); "
          + "run scripts/get-nethack.sh")
    }
  }

  /// What its games write.
  var variables: tengu_nethack_region { tengu_nethack_variables(handle) }

  /// Forgets the previous game, which has ended.
  func restore() { fresh.restore() }

  func unload() { dlclose(handle) }

  private static func open(_ path: String) throws -> UnsafeMutableRawPointer {
    // RTLD_DEEPBIND: NetHack's fatal errors call its own error(), which would otherwise be glibc's and end the process.
    // RTLD_NOW: each game would have to find the functions it calls anew.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND) else {
      throw EnvironmentError("NetHack's library could not be loaded: \(String(cString: dlerror()))")
    }
    return handle
  }

  private static func shareCode(of handle: UnsafeMutableRawPointer, image: Int32, memory: Int32) throws {
    guard tengu_nethack_share_code(handle, image, memory) != 0 else { return }
    // Refused, the copy keeps code of its own and is merely slower.
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
