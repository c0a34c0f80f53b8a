import CNetHack
import Foundation
import Glibc
import Testing

@testable import NetHack

/// Copies of the library: shared code, private variables, and the reset between games.
@Suite(.enabled(if: NetHackInstallation.isPresent, "NetHack is not installed: run scripts/get-nethack.sh"))
struct NetHackLibraryTests {
  /// Loads a copy for the duration of `body`.
  private func withCopy(_ body: (NetHackLibrary, NetHackLoadedLibrary) throws -> Void) throws {
    let library = try NetHackLibrary(directory: NetHackInstallation.directory)
    let scratch = try NetHackScratch.current()
    let folder = try scratch.makeGameFolder(dataFile: library.dataFile)
    defer { scratch.removeGameFolder(folder) }
    let loaded = try library.load(folder: folder)
    defer { loaded.unload() }
    try body(library, loaded)
  }

  private func bytes(_ region: tengu_nethack_region) throws -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: try #require(region.start), count: region.byteCount))
  }

  @Test func copiesShareTheirCodeAndNothingElse() throws {
    try withCopy { _, first in
      try withCopy { library, second in
        var image = stat()
        #expect(fstat(library.image, &image) == 0)
        let map = MemoryMap()
        #expect(map.inode(at: unsafeBitCast(second.start, to: UInt.self)) == UInt64(image.st_ino))
        let variables = try #require(second.variables.start)
        #expect(map.inode(at: UInt(bitPattern: variables)) != UInt64(image.st_ino))
        #expect(variables != first.variables.start)
        // At different places, but with the same low bits.
        let distance = unsafeBitCast(second.start, to: Int.self) - unsafeBitCast(first.start, to: Int.self)
        #expect(distance != 0 && distance % (16 << 20) == 0)
      }
    }
  }

  @Test func restoringUndoesWhateverWasWritten() throws {
    try withCopy { _, loaded in
      let variables = loaded.variables
      let fresh = try bytes(variables)
      #expect(fresh.contains { $0 != 0 })
      let memory = UnsafeMutableRawBufferPointer(start: variables.start, count: variables.byteCount)
      // The first and last byte of the memory, a whole page, and a byte in every page.
      memory[0] ^= 1
      memory[memory.count - 1] ^= 1
      for index in 4096..<8192 { memory[index] = ~memory[index] }
      for index in stride(from: 77, to: memory.count, by: 4096) { memory[index] &+= 3 }
      loaded.restore()
      #expect(try bytes(variables) == fresh)
    }
  }
}

/// This process's memory, as the kernel tells it.
struct MemoryMap {
  /// Address range, permissions, offset, device, inode and (of most) path.
  private let lines: [[Substring]]

  init() {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    // The kernel hands out a few lines at a time.
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
    close(descriptor)
    lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
  }

  /// The file whose mapping holds `address`.
  func inode(at address: UInt) -> UInt64? {
    for line in lines where line.count > 4 {
      let range = line[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if range.count == 2, range[0] <= address, address < range[1] { return UInt64(line[4]) }
    }
    return nil
  }

  /// The path of a mapped file whose name begins with `prefix`.
  func path(named prefix: String) -> String? {
    for line in lines where line.count > 5 {
      if let name = line[5].split(separator: "/").last, name.hasPrefix(prefix) { return String(line[5]) }
    }
    return nil
  }
}

@Suite struct PrintfTests {
  /// A type that some library adds to printf makes every number that a game prints slow; see CPlatform.
  @Test func noLibraryCanAddTypesToPrintf() throws {
    typealias Register = @convention(c) (UnsafeMutableRawPointer?) -> Int32
    // What a library's reference to the function is bound to.
    let symbol = try #require(dlsym(nil, "register_printf_type"))
    #expect(unsafeBitCast(symbol, to: Register.self)(nil) == -1)
  }
}
