/// The condition that solves a task.
public enum NetHackSuccessRule: Sendable, Hashable {
  /// Never: the episode ends with death or at the limit.
  case never
  /// The hero is on a staircase down.
  case onStairsDown
  /// The hero is on a staircase down, with a pet on a neighbouring square.
  case onStairsDownWithPet
  /// The Oracle is on a neighbouring square.
  case nextToOracle
  /// Every event that the task requires has happened, or one that suffices.
  case events
  /// The game says that the hero descended the stairs, and the hero is on this level.
  case descended(depth: Int64)

  /// Whether the rule reads the map.
  var needsGlyphs: Bool { self == .onStairsDownWithPet || self == .nextToOracle }

  func isMet(_ buffers: NetHackBuffers) -> Bool {
    switch self {
    case .never, .events: return false
    case .onStairsDown: return buffers.onStairsDown
    case .onStairsDownWithPet:
      return buffers.onStairsDown && isAround(buffers) { NetHackGlyph.pets.contains($0) }
    case .nextToOracle: return isAround(buffers) { $0 == NetHackGlyph.oracle }
    case .descended(let depth):
      return buffers.depth == depth && buffers.messageContains(NetHackMessage.descent)
    }
  }

  private func isAround(_ buffers: NetHackBuffers, _ predicate: (Int16) -> Bool) -> Bool {
    guard let glyphs = buffers.glyphs else { return false }
    return NetHackMap.anyAround(x: buffers.x, y: buffers.y, glyphs: glyphs, where: predicate)
  }
}

/// Ends a game whose clock does not advance. NLE's challenge looks at the clock twice per step, so its limit of 10 000 looks
/// is 5 000 steps.
struct NetHackStall {
  /// Number of looks at an unchanged clock that end the game; nil for no limit.
  let limit: Int?
  private var time: Int64?
  private var looks = 0

  init(limit: Int?) { self.limit = limit }

  /// Starts a game whose clock shows `time`.
  mutating func reset(time: Int64) {
    self.time = time
    looks = 0
  }

  /// Looks at the clock; returns true if it has been unchanged for too long.
  mutating func look(time: Int64) -> Bool {
    guard let limit else { return false }
    if self.time == time {
      looks += 1
    } else {
      self.time = time
      looks = 0
    }
    return looks >= limit
  }
}
