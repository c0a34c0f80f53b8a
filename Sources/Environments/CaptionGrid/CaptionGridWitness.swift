/// Somebody who watches: a sentence at the end of a caption that says nothing of its worth.
///
/// With witnesses the world's few captions become many, as a game's do whose messages name creatures: what is learned of
/// one has to hold for the others.
enum CaptionGridWitness {
  private static let kinds = [
    "small", "tall", "young", "old", "quiet", "sleepy", "green", "grey", "brown", "white", "lame", "lean", "fat", "shy",
    "wet", "blind",
  ]
  private static let creatures = [
    "newt", "jackal", "gecko", "goblin", "hobbit", "gnome", "dwarf", "kitten", "pony", "bat", "lichen", "sewer rat",
    "floating eye", "homunculus", "hill orc", "acid blob",
  ]

  /// Different sentences.
  static let count = kinds.count * creatures.count

  private static let end = Array(" watches.".utf8)

  /// The sentences, each with the two spaces before it.
  static let sentences: [[UInt8]] = (0..<count).map { number in
    let (kind, creature) = (kinds[number % kinds.count], creatures[number / kinds.count])
    return Array("  A \(kind) \(creature)".utf8) + end
  }

  private static let known = Set(sentences)

  /// A caption without its witness; itself if it has none.
  static func removed(from caption: [UInt8]) -> [UInt8] {
    guard caption.ends(with: end) else { return caption }
    // A caption may have several sentences; the witness is the last.
    for start in caption.indices.reversed()
    where start + 1 < caption.count && caption[start] == 0x20 && caption[start + 1] == 0x20 {
      return known.contains(Array(caption[start...])) ? Array(caption[..<start]) : caption
    }
    return caption
  }
}

extension Array where Element == UInt8 {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }
}
