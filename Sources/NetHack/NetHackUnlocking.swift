import Glibc

/// Unlocking in one action: a key of the agent's stands for the key's letter, the direction of the door and a yes.
extension NetHackPlayer {
  /// Unlocks a closed door next to the hero with a key from the inventory.
  /// - Returns: false, and no key is sent, if there is no such door or no such thing.
  func unlock() -> Bool {
    guard let letter = buffers.letter(ofThingCalled: "key"), let direction = directionOfDoor else { return false }
    game.send(NetHackAction.apply)
    answer("use or apply", letter)
    answer("direction?", direction)
    // A door that is not locked would be locked.
    answer("nlock it", NetHackAction.yes)
    return true
  }

  /// Sends `key` if the game asks a question that contains `phrase`.
  private func answer(_ phrase: StaticString, _ key: UInt8) {
    if buffers.asksQuestion, buffers.messageContains(phrase) { game.send(key) }
  }

  /// The key of the direction in which a closed door is next to the hero.
  private var directionOfDoor: UInt8? {
    guard let glyphs = buffers.glyphs else { return nil }
    // In the order of the compass: N E S W NE SE SW NW.
    let steps = [(0, -1), (1, 0), (0, 1), (-1, 0), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    for (key, (dx, dy)) in zip(NetHackAction.compass, steps) {
      let (x, y) = (buffers.x + dx, buffers.y + dy)
      guard (0..<NetHackMap.columns).contains(x), (0..<NetHackMap.rows).contains(y) else { continue }
      if NetHackGlyph.closedDoors.contains(glyphs[y * NetHackMap.columns + x]) { return key }
    }
    return nil
  }
}

extension NetHackBuffers {
  private static let slots = 55
  private static let nameBytes = 80

  /// The letter of the first thing in the inventory whose name contains a word; nil if there is none, or if the game does not
  /// show the inventory.
  func letter(ofThingCalled word: String) -> UInt8? {
    guard let names = source(of: .inventoryStrings)?.assumingMemoryBound(to: UInt8.self),
      let letters = source(of: .inventoryLetters)?.assumingMemoryBound(to: UInt8.self)
    else { return nil }
    let word = Array(word.utf8)
    for slot in 0..<Self.slots where letters[slot] != 0 {
      let name = UnsafeBufferPointer(start: names + slot * Self.nameBytes, count: Self.nameBytes)
      if name.indices.contains(where: { name[$0...].starts(with: word) }) { return letters[slot] }
    }
    return nil
  }
}
