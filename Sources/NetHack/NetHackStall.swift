/// Ends a game in which time no longer passes. NLE's challenge looks at the clock twice a step, so its limit of 10 000
/// looks is 5 000 steps.
struct NetHackStall {
  /// Looks at a still clock that end the game; nil for no limit.
  let limit: Int?
  private var time: Int64?
  private var looks = 0

  init(limit: Int?) { self.limit = limit }

  /// A new game, whose clock shows `time`.
  mutating func reset(time: Int64) {
    self.time = time
    looks = 0
  }

  /// Looks at the clock; true when it stood still for too long.
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
