import CNetHack
import CPlatform
import Glibc

/// One loaded copy of the library, good for one game: its global variables are fresh only after it was loaded anew.
///
/// Rule of its pointers: they are valid until `unload`, which its one owner (`NetHackGame`) calls after the game ended.
struct NetHackLoadedLibrary {
  private let handle: UnsafeMutableRawPointer
  let start: tengu_nethack_start
  let step: tengu_nethack_step
  let end: tengu_nethack_end

  /// Loads the copy that `descriptor` (kept open by the caller while it is loaded) holds, and takes its code from `image`.
  /// - Throws: `EnvironmentError` if it cannot be loaded.
  init(descriptor: Int32, image: Int32) throws {
    // RTLD_DEEPBIND: NetHack's fatal errors call its own error(), which would otherwise be glibc's and end the process.
    guard let handle = dlopen("/proc/self/fd/\(descriptor)", RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND) else {
      throw EnvironmentError("NetHack's library could not be loaded: \(String(cString: dlerror()))")
    }
    do {
      start = unsafeBitCast(try Self.symbol("nle_start", handle), to: tengu_nethack_start.self)
      step = unsafeBitCast(try Self.symbol("nle_step", handle), to: tengu_nethack_step.self)
      end = unsafeBitCast(try Self.symbol("nle_end", handle), to: tengu_nethack_end.self)
      try Self.shareCode(of: handle, image: image)
    } catch {
      dlclose(handle)
      throw error
    }
    self.handle = handle
  }

  /// - Throws: `EnvironmentError` if the library is not the version that CNetHack describes.
  func checkVersion() throws {
    let size = tengu_symbol_size(try Self.symbol("settings", handle))
    let expected = tengu_nethack_settings_size()
    guard size == expected else {
      throw EnvironmentError(
        "libnethack.so is of another version: its settings have \(size) bytes, those of NLE 1.3.0 have \(expected); "
          + "run scripts/get-nethack.sh")
    }
  }

  func unload() { dlclose(handle) }

  private static func shareCode(of handle: UnsafeMutableRawPointer, image: Int32) throws {
    guard tengu_nethack_share_code(handle, image) != 0 else { return }
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
