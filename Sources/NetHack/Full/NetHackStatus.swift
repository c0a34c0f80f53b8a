import CNetHack

/// The 27 numbers of NLE's `blstats`, from the game's variables.
///
/// They are those of the array whenever the game waits for a command. At "--More--" and in menus the array may be one event
/// old, and these are not.
enum NetHackStatus {
  static func values(_ hero: tengu_nethack_hero) -> [Int64] {
    var values = [Int64](repeating: 0, count: NetHackObservation.statusCount)
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { write(hero, to: base) }
    }
    return values
  }

  /// - Parameter status: [27], overwritten.
  static func write(_ hero: tengu_nethack_hero, to status: UnsafeMutablePointer<Int64>) {
    status[0] = Int64(hero.x)
    status[1] = Int64(hero.y)
    withUnsafeBytes(of: hero.attributes) { bytes in
      for (index, value) in bytes.bindMemory(to: Int32.self).enumerated() { status[2 + index] = Int64(value) }
    }
    status[9] = hero.score
    status[10] = Int64(hero.hit_points)
    status[11] = Int64(hero.maximum_hit_points)
    status[12] = Int64(hero.depth)
    status[13] = hero.gold
    status[14] = Int64(hero.energy)
    status[15] = Int64(hero.maximum_energy)
    status[16] = Int64(hero.armour_class)
    status[17] = Int64(hero.monster_level)
    status[18] = Int64(hero.experience_level)
    status[19] = hero.experience
    status[20] = hero.turns
    status[21] = Int64(hero.hunger)
    status[22] = Int64(hero.burden)
    status[23] = Int64(hero.dungeon)
    status[24] = Int64(hero.level)
    status[25] = Int64(hero.conditions)
    status[26] = Int64(hero.alignment)
  }
}
