import Runtime

@testable import NetHack

/// Types keys as somebody does who knows the keyboard but not the game: moves and runs most of the time, all commands, the
/// letters of things, counts, travel, text, and whatever menus and questions take.
struct GoldenKeys {
  private static let commands =
    Array("s,,dewWTPRrqztfacoEZ:i_@x;)[=\"$".utf8) + [4, 228, 240, 229, 236, 244, 225, 227, 195]
  private static let answers = Array("yyyynq$-*?abcdefghijklmnopr".utf8) + [NetHackAction.escape, 13, 32]
  private static let menus = Array("...,abcdefghAio><-".utf8) + [13, 13, 13, 32, 32, NetHackAction.escape]
  private static let words = Array("Elbereth x".utf8) + [13, 13, NetHackAction.escape]

  private var generator: SplitMix64
  /// Keys that follow whatever the game shows.
  private var planned: [UInt8] = []

  init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  mutating func next(_ buffers: NetHackBuffers) -> UInt8 {
    if buffers.waitsForSpace { return pick(Self.menus) }
    if buffers.asksLine { return pick(Self.words) }
    if buffers.asksQuestion { return pick(Self.answers + NetHackAction.compass) }
    if !planned.isEmpty { return planned.removeFirst() }
    switch generator.next() % 100 {
    case 0..<34: return pick(NetHackAction.compass)
    case 34..<64: return pick(NetHackAction.runs)
    case 64..<70:
      planned = [62, 46, 62, NetHackAction.escape]  // _ > . takes the hero to the stairs, > down.
      return UInt8(ascii: "_")
    case 70..<74:
      planned = [UInt8(ascii: "x"), 46, NetHackAction.escape]
      return UInt8(ascii: "_")
    case 74..<78:
      planned = [pick(Array("012".utf8)), UInt8(ascii: "s")]
      return pick(Array("123".utf8))
    case 78..<82: return pick(NetHackAction.stairs)
    default: return pick(Self.commands)
    }
  }

  private mutating func pick(_ keys: [UInt8]) -> UInt8 { keys[Int(generator.next() % UInt64(keys.count))] }
}
