import CNetHack
import Environments

/// The game's own variables, for one loaded library. Valid while the game lives.
final class NetHackWorld {
  let pointer: UnsafePointer<tengu_nethack_world>
  let types: NetHackTypes
  private let memory: UnsafeMutablePointer<tengu_nethack_world>

  /// - Parameter handle: of dlopen.
  /// - Throws: `EnvironmentError` that names a missing symbol.
  init(handle: UnsafeMutableRawPointer) throws {
    memory = .allocate(capacity: 1)
    memory.initialize(to: tengu_nethack_world())
    if let missing = tengu_nethack_open_world(handle, memory) {
      let name = String(cString: missing)
      memory.deallocate()
      throw EnvironmentError("libnethack.so has no symbol \(name); run scripts/get-nethack.sh")
    }
    pointer = UnsafePointer(memory)
    types = NetHackTypes(pointer)
  }

  /// The hero's role, as the game numbers it.
  var role: Int32 {
    var hero = tengu_nethack_hero()
    tengu_nethack_read_hero(pointer, &hero)
    return hero.role
  }

  deinit { memory.deallocate() }
}
