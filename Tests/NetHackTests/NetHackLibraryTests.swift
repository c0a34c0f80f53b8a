import CNetHack
import Foundation
import Glibc
import Testing

@testable import NetHack

/// Copies of the library: what they share, what each has of its own, and how one is made fresh again.
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
