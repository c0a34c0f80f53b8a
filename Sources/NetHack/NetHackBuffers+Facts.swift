import Glibc

/// What the arrays say, by name.
extension NetHackBuffers {
  var x: Int { Int(status[0]) }
  var y: Int { Int(status[1]) }
  var score: Int64 { status[9] }
  var depth: Int64 { status[12] }
  var gold: Int64 { status[13] }
  var experienceLevel: Int64 { status[18] }
  var time: Int64 { status[20] }
  var dungeon: Int { Int(status[23]) }
  var level: Int { Int(status[24]) }
  /// Nutrition; grows by eating.
  var nutrition: Int32 { internalState[7] }
  /// The hero stands on a staircase down.
  var onStairsDown: Bool { internalState[4] != 0 }

  /// The game has ended; no key may be sent.
  var isDone: Bool { observation.pointee.done != 0 }
  /// False before the game began and on the screens after it, when the status is all zero.
  var inNormalGame: Bool { observation.pointee.in_normal_game != 0 }
  var isGameOver: Bool { programState[0] == 1 }
  var inMoveLoop: Bool { programState[3] != 0 }
  /// A question wants one character.
  var asksQuestion: Bool { internalState[1] != 0 }
  /// A question wants a line of text.
  var asksLine: Bool { internalState[2] != 0 }
  /// "--More--" or a menu.
  var waitsForSpace: Bool { internalState[3] != 0 }

  /// The message up to its first zero byte.
  var caption: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: message, count: strnlen(message, NetHackObservation.messageByteCount))
  }

  /// Whether the message contains `phrase` (not empty).
  func messageContains(_ phrase: StaticString) -> Bool {
    let caption = caption
    let count = phrase.utf8CodeUnitCount
    guard caption.count >= count, let base = caption.baseAddress else { return false }
    for start in 0...(caption.count - count) where base[start] == phrase.utf8Start[0] {
      if memcmp(base + start, phrase.utf8Start, count) == 0 { return true }
    }
    return false
  }

  /// How often the message says `phrase` (not empty).
  func messageCount(_ phrase: StaticString) -> Int {
    let caption = caption
    let count = phrase.utf8CodeUnitCount
    guard caption.count >= count, let base = caption.baseAddress else { return 0 }
    return (0...(caption.count - count)).count { memcmp(base + $0, phrase.utf8Start, count) == 0 }
  }

  /// Puts `text` (shorter than the message array) in the place of the game's message.
  func setMessage(_ text: StaticString) {
    memset(message, 0, NetHackObservation.messageByteCount)
    memcpy(message, text.utf8Start, text.utf8CodeUnitCount)
  }
}
