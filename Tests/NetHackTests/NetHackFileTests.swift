import Environments
import Foundation
import Runtime
import Tensor
import Testing
import Trajectories

@testable import Environments
@testable import NetHack

/// What NetHack leaves on disk, and what it needs there.
@Suite struct NetHackFileTests {
  /// A new folder, removed after `body`.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  @Test func foldersOfTheDeadAreRemovedAndOthersKept() throws {
    try withFolder { base in
      let living = try NetHackScratch(in: base)
      let dead = base + "/tengu-nethack-1-abcdef"
      try FileManager.default.createDirectory(atPath: dead + "/0/save", withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: base + "/other", withIntermediateDirectories: true)
      NetHackScratch.removeAbandoned(in: base)
      #expect(!FileManager.default.fileExists(atPath: dead))
      #expect(FileManager.default.fileExists(atPath: living.path))
      #expect(FileManager.default.fileExists(atPath: base + "/other"))
    }
  }

  @Test func aFolderGoesWithItsOwner() throws {
    try withFolder { base in
      do {
        let scratch = try NetHackScratch(in: base)
        let game = try scratch.makeGameFolder(dataFile: "/nowhere/nhdat")
        #expect(
          Set(try FileManager.default.contentsOfDirectory(atPath: game)) == [
            "nhdat", "save", "perm", "record", "logfile", "xlogfile",
          ])
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: base).isEmpty)
    }
  }

  @Test func aMissingLibraryIsNamedWithItsRemedy() throws {
    try withFolder { base in
      let options = EnvironmentOptions(task: "NetHackScore", gameDirectory: base)
      let error = #expect(throws: EnvironmentError.self) { try NetHackTasks.entries[0].make(options) }
      #expect(error?.description.contains("\(base)/libnethack.so") == true)
      #expect(error?.description.contains("scripts/setup.sh") == true)
    }
  }

  @Test func aFileThatIsNoLibraryIsRefused() throws {
    try withFolder { base in
      for name in ["libnethack.so", "nhdat"] {
        try Data("not a library".utf8).write(to: URL(fileURLWithPath: "\(base)/\(name)"))
      }
      let options = EnvironmentOptions(task: "NetHackScore", gameDirectory: base)
      let error = #expect(throws: EnvironmentError.self) { try NetHackTasks.entries[0].make(options) }
      #expect(error?.description.contains("could not be loaded") == true)
    }
  }

  @Test func anotherLibraryIsRefused() throws {
    try withFolder { base in
      try Data().write(to: URL(fileURLWithPath: "\(base)/nhdat"))
      // Any library will do.
      let other = try #require(MemoryMap().path(named: "libm.so"))
      try FileManager.default.createSymbolicLink(
        atPath: "\(base)/libnethack.so", withDestinationPath: other)
      let options = EnvironmentOptions(task: "NetHackScore", gameDirectory: base)
      let error = #expect(throws: EnvironmentError.self) { try NetHackTasks.entries[0].make(options) }
      #expect(error?.description.contains("get-nethack.sh") == true)
    }
  }

  @Test func aTraceTellsEveryRow() throws {
    try withFolder { base in
      let path = base + "/trace"
      let layout = ObservationLayout([
        ObservationField("a", .int64, [40], .hidden), ObservationField("b", .uint8, [3], .hidden),
      ])
      let file = try NetHackTraceFile(path: path, layout: layout, facts: [("task", "\"t\"")])
      let words = file.row.assumingMemoryBound(to: UInt64.self)
      var generator = SplitMix64(seed: 1)
      var rows: [[UInt64]] = []
      for index in 0..<20 {
        for _ in 0..<6 { words[Int(generator.next() % 41)] = generator.next() }
        rows.append(Array(UnsafeBufferPointer(start: words, count: 41)))
        if index == 0 { try file.appendReset(NetHackSeeds(core: 1, display: 2)) }
        if index > 0 { try file.appendStep(index, Transition(reward: 0.5, terminated: true)) }
      }
      try file.flush()
      var reader = TraceReader(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))), wordCount: 41)
      #expect(reader.header.contains("\"row_byte_count\": 328"))
      for (index, row) in rows.enumerated() {
        #expect(reader.take(1) == (index == 0 ? 0 : 1))
        if index == 0 {
          #expect(reader.take(8) == 1)
          #expect(reader.take(8) == 2)
        } else {
          #expect(reader.take(2) == UInt64(index))
          #expect(reader.take(4) == UInt64(Float(0.5).bitPattern))
          #expect(reader.take(1) == 1)
        }
        #expect(reader.takeRow() == row)
      }
      #expect(reader.isAtEnd)
    }
  }
}

/// The format of a trace, read the slow way.
private struct TraceReader {
  let bytes: [UInt8]
  let header: String
  private var position: Int
  private var row: [UInt64]

  init(bytes: [UInt8], wordCount: Int) {
    self.bytes = bytes
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? 0
    header = String(decoding: bytes[..<end], as: UTF8.self)
    position = end + 1
    row = Array(repeating: 0, count: wordCount)
  }

  var isAtEnd: Bool { position == bytes.count }

  mutating func take(_ count: Int) -> UInt64 {
    defer { position += count }
    return bytes[position..<position + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func takeRow() -> [UInt64] {
    for _ in 0..<take(4) {
      let first = Int(take(4))
      for word in 0..<Int(take(4)) { row[first + word] = take(8) }
    }
    return row
  }
}
