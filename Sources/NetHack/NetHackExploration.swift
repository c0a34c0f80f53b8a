/// Counts the squares seen of each level, as NLE's scout task does.
struct NetHackExploration {
  /// NetHack has 8 dungeons of at most 53 levels; numbers beyond share the last place.
  private static let dungeons = 16
  private static let levels = 64

  /// Squares seen so far on each level.
  private var seen: [Int32] = Array(repeating: 0, count: Self.dungeons * Self.levels)

  /// A new episode: nothing has been explored.
  mutating func reset() {
    for index in seen.indices { seen[index] = 0 }
  }

  /// The squares that were not seen before; negative where some were forgotten. Needs the glyphs, without them 0.
  mutating func gain(_ buffers: NetHackBuffers) -> Int32 {
    guard let glyphs = buffers.glyphs else { return 0 }
    var count: Int32 = 0
    for square in 0..<NetHackMap.squares where glyphs[square] != NetHackGlyph.unexplored { count += 1 }
    let dungeon = min(max(buffers.dungeon, 0), Self.dungeons - 1)
    let level = min(max(buffers.level, 0), Self.levels - 1)
    let place = dungeon * Self.levels + level
    defer { seen[place] = count }
    return count - seen[place]
  }
}
