/// When a task is solved.
public enum NetHackSuccessRule: Sendable, Hashable {
  /// Never: the episode goes on until death or the limit.
  case never
  /// The hero stands on a staircase down.
  case onStairsDown
  /// The same, with a pet on one of the squares around.
  case onStairsDownWithPet
  /// The Oracle is on one of the squares around.
  case besideOracle
  /// The game says that the hero descended the stairs, and this is the level it led to.
  case descended(depth: Int64)

  /// Whether it reads the map.
  var needsGlyphs: Bool { self == .onStairsDownWithPet || self == .besideOracle }

  func isMet(_ buffers: NetHackBuffers) -> Bool {
    switch self {
    case .never: return false
    case .onStairsDown: return buffers.onStairsDown
    case .onStairsDownWithPet:
      return buffers.onStairsDown && isAround(buffers) { NetHackGlyph.pets.contains($0) }
    case .besideOracle: return isAround(buffers) { $0 == NetHackGlyph.oracle }
    case .descended(let depth):
      return buffers.depth == depth && buffers.messageContains(NetHackMessage.descent)
    }
  }

  private func isAround(_ buffers: NetHackBuffers, _ predicate: (Int16) -> Bool) -> Bool {
    guard let glyphs = buffers.glyphs else { return false }
    return NetHackMap.anyAround(x: buffers.x, y: buffers.y, glyphs: glyphs, where: predicate)
  }
}
