import Foundation

@testable import NetHack

/// One recorded game: who plays, the seed, every key, and a digest of what the game showed after each.
///
/// In a file it is a byte for the length of the hero's name, the name, UInt64 seed, UInt32 number of steps, all little-endian,
/// then for each step the key and UInt16 digest.
struct GoldenTrajectory: Equatable {
  var hero: String
  var seed: UInt64
  var keys: [UInt8] = []
  /// As many as keys.
  var digests: [UInt16] = []

  /// Digest of map, message and status. At "--More--" and in menus the status may be one event old, so that it does not count
  /// there; after the end there is none.
  static func digest(_ buffers: NetHackBuffers) -> UInt16 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }
    if let glyphs = buffers.glyphs {
      for square in 0..<NetHackMap.squares { add(UInt64(UInt16(bitPattern: glyphs[square]))) }
    }
    for byte in buffers.caption { add(UInt64(byte)) }
    if buffers.inNormalGame && !buffers.waitsForSpace {
      for index in 0..<NetHackObservation.statusCount { add(UInt64(bitPattern: buffers.status[index])) }
    }
    add(buffers.isDone ? 1 : 0)
    return UInt16(truncatingIfNeeded: hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48)
  }

  func append(to data: inout Data) {
    data.append(UInt8(hero.utf8.count))
    data.append(contentsOf: hero.utf8)
    withUnsafeBytes(of: seed.littleEndian) { data.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(keys.count).littleEndian) { data.append(contentsOf: $0) }
    for (key, digest) in zip(keys, digests) {
      data.append(key)
      withUnsafeBytes(of: digest.littleEndian) { data.append(contentsOf: $0) }
    }
  }

  /// All games of a file.
  static func read(_ data: Data) -> [GoldenTrajectory] {
    var bytes = data[...]
    func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
      defer { bytes = bytes.dropFirst(MemoryLayout<Number>.size) }
      return bytes.prefix(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
    var games: [GoldenTrajectory] = []
    while !bytes.isEmpty {
      let length = Int(number(UInt8.self) as UInt8)
      let hero = String(decoding: bytes.prefix(length), as: UTF8.self)
      bytes = bytes.dropFirst(length)
      var game = GoldenTrajectory(hero: hero, seed: number(UInt64.self))
      for _ in 0..<number(UInt32.self) {
        game.keys.append(number(UInt8.self))
        game.digests.append(number(UInt16.self))
      }
      games.append(game)
    }
    return games
  }
}
