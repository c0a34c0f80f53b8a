import CNetHack
import Environments
import Glibc
import Tensor
import Trajectories

/// The memory into which NetHack writes its arrays: one block for the life of an environment, because the game rewrites only
/// the changed parts of the terminal arrays.
///
/// The pointers are valid as long as this object lives, and only the thread that plays the game may use them.
final class NetHackBuffers {
  /// Arrays that rules and prompts read, whatever the observation contains.
  private static let alwaysNeeded: Set<NetHackObservation> = [.blstats, .message, .programState, .internal]
  private static let alignment = 64

  /// The structure that the library receives. Arrays without a reader are null and cost nothing.
  let observation: UnsafeMutablePointer<tengu_nethack_observation>
  /// [27]
  let status: UnsafeMutablePointer<Int64>
  /// [256]
  let message: UnsafeMutablePointer<UInt8>
  /// [6]
  let programState: UnsafeMutablePointer<Int32>
  /// [9]
  let internalState: UnsafeMutablePointer<Int32>
  /// [21, 79]; nil if no key needs it.
  let glyphs: UnsafeMutablePointer<Int16>?
  /// [24, 80]; nil if no key needs it.
  let terminalChars: UnsafeMutablePointer<UInt8>?
  /// [24, 80]; nil if no key needs it.
  let terminalColors: UnsafeMutablePointer<Int8>?

  private let block: UnsafeMutableRawPointer
  private let byteCount: Int
  private let offsets: [NetHackObservation: Int]

  /// Memory for `keys`, for the arrays behind derived keys, and for the arrays that the rules read.
  init(keys: some Sequence<NetHackObservation>) {
    var needed = Self.alwaysNeeded.union(keys.filter { !$0.isDerived })
    if keys.contains(.glyphCrop) { needed.insert(.glyphs) }
    if keys.contains(.tileCrop) { needed.formUnion([.terminalChars, .terminalColors]) }
    var offsets: [NetHackObservation: Int] = [:]
    var next = 0
    for key in NetHackObservation.game where needed.contains(key) {
      offsets[key] = next
      next += (key.field.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
    }
    let block = UnsafeMutableRawPointer.allocate(byteCount: next, alignment: Self.alignment)
    func array<Element>(_ key: NetHackObservation, _ type: Element.Type) -> UnsafeMutablePointer<Element>? {
      offsets[key].map { (block + $0).bindMemory(to: type, capacity: key.field.elementCount) }
    }
    func always<Element>(_ key: NetHackObservation, _ type: Element.Type) -> UnsafeMutablePointer<Element> {
      guard let pointer = array(key, type) else { preconditionFailure("\(key) is in alwaysNeeded") }
      return pointer
    }
    self.block = block
    self.offsets = offsets
    byteCount = next
    status = always(.blstats, Int64.self)
    message = always(.message, UInt8.self)
    programState = always(.programState, Int32.self)
    internalState = always(.internal, Int32.self)
    glyphs = array(.glyphs, Int16.self)
    terminalChars = array(.terminalChars, UInt8.self)
    terminalColors = array(.terminalColors, Int8.self)
    observation = .allocate(capacity: 1)
    observation.initialize(
      to: tengu_nethack_observation(
        action: 0, done: 0, in_normal_game: 0, how_done: 0, glyphs: glyphs, chars: array(.chars, UInt8.self),
        colors: array(.colors, UInt8.self), specials: array(.specials, UInt8.self), blstats: status, message: message,
        program_state: programState, internal: internalState, inv_glyphs: array(.inventoryGlyphs, Int16.self),
        inv_strs: array(.inventoryStrings, UInt8.self), inv_letters: array(.inventoryLetters, UInt8.self),
        inv_oclasses: array(.inventoryClasses, UInt8.self),
        screen_descriptions: nil, tty_chars: terminalChars,
        tty_colors: terminalColors, tty_cursor: array(.terminalCursor, UInt8.self),
        misc: array(.misc, Int32.self)))
    clear()
  }

  deinit {
    observation.deallocate()
    block.deallocate()
  }

  /// Clears all arrays, so that an episode depends on its seed only.
  func clear() {
    memset(block, 0, byteCount)
    observation.pointee.done = 0
    observation.pointee.in_normal_game = 0
    observation.pointee.how_done = 0
  }

  /// One of NLE's arrays; nil if the game does not produce it.
  func source(of key: NetHackObservation) -> UnsafeRawPointer? {
    offsets[key].map { UnsafeRawPointer(block + $0) }
  }
}

/// Named values of the arrays.
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
  /// Nutrition; eating increases it.
  var nutrition: Int32 { internalState[7] }
  /// Whether the hero is on a staircase down.
  var onStairsDown: Bool { internalState[4] != 0 }

  /// Whether the game has ended; no key may be sent then.
  var isDone: Bool { observation.pointee.done != 0 }
  /// False before the start and on the screens after the end of a game, when the status is all zero.
  var inNormalGame: Bool { observation.pointee.in_normal_game != 0 }
  var isGameOver: Bool { programState[0] == 1 }
  var inMoveLoop: Bool { programState[3] != 0 }
  /// Whether a question waits for one character.
  var asksQuestion: Bool { internalState[1] != 0 }
  /// Whether a question waits for a line of text.
  var asksLine: Bool { internalState[2] != 0 }
  /// Whether the message is a prompt for a line with what the player has typed so far, not what the game says. The game has
  /// no flag for extended commands ("# ", and "abc: unknown extended command.", whose lines may break) and for searches in
  /// menus.
  var isTyping: Bool {
    asksLine || messageBegins(with: "#") || messageBegins(with: "Search for: ")
      || (messageContains("extended") && messageContains("unknown"))
  }
  /// Whether "--More--" or a menu waits for a key.
  var waitsForSpace: Bool { internalState[3] != 0 }

  /// The message up to its first zero byte.
  var caption: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: message, count: strnlen(message, NetHackObservation.messageByteCount))
  }

  /// Whether the message begins with `phrase`, which is shorter than the message's array.
  private func messageBegins(with phrase: StaticString) -> Bool {
    memcmp(message, phrase.utf8Start, phrase.utf8CodeUnitCount) == 0
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

  /// Number of occurrences of `phrase` (not empty) in the message.
  func messageCount(_ phrase: StaticString) -> Int {
    let caption = caption
    let count = phrase.utf8CodeUnitCount
    guard caption.count >= count, let base = caption.baseAddress else { return 0 }
    return (0...(caption.count - count)).count { memcmp(base + $0, phrase.utf8Start, count) == 0 }
  }

  /// Replaces the game's message by `text`, which must be shorter than the message array.
  func setMessage(_ text: StaticString) {
    memset(message, 0, NetHackObservation.messageByteCount)
    memcpy(message, text.utf8Start, text.utf8CodeUnitCount)
  }
}

/// Copies the game's arrays into a row of the observation layout, and computes the derived fields.
struct NetHackObservationWriter {
  private struct Copy {
    let source: UnsafeRawPointer
    let offset: Int
    let byteCount: Int
  }

  let layout: ObservationLayout
  private let buffers: NetHackBuffers
  private let copies: [Copy]
  private let cropOffset: Int?
  private let tileCropOffset: Int?
  private let statusOffset: Int?

  init(keys: [NetHackObservation], buffers: NetHackBuffers) {
    layout = ObservationLayout(keys.map(\.field))
    self.buffers = buffers
    cropOffset = layout.offset(of: NetHackObservation.glyphCrop.rawValue)
    tileCropOffset = layout.offset(of: NetHackObservation.tileCrop.rawValue)
    statusOffset = layout.offset(of: NetHackObservation.status.rawValue)
    copies = zip(keys, layout.offsets).compactMap { key, offset in
      buffers.source(of: key).map { Copy(source: $0, offset: offset, byteCount: key.field.byteCount) }
    }
  }

  /// Writes the current observation.
  func write(to output: StepOutput) {
    for copy in copies {
      (output.row + copy.offset).copyMemory(from: copy.source, byteCount: copy.byteCount)
    }
    if let cropOffset, let glyphs = buffers.glyphs {
      let side = NetHackObservation.cropSide
      NetHackMap.crop(
        x: buffers.x, y: buffers.y, side: side, glyphs: glyphs,
        into: (output.row + cropOffset).assumingMemoryBound(to: Int16.self))
    }
    if let tileCropOffset, let characters = buffers.terminalChars, let colours = buffers.terminalColors {
      NetHackTerminal.crop(
        x: buffers.x, y: buffers.y, side: NetHackObservation.tileCropSide, characters: characters, colours: colours,
        into: (output.row + tileCropOffset).assumingMemoryBound(to: Int16.self))
    }
    if let statusOffset {
      let status = output.field(at: statusOffset, as: Int32.self, count: NetHackObservation.statusCount)
      for index in 0..<NetHackObservation.statusCount {
        status[index] = Int32(clamping: buffers.status[index])
      }
    }
  }
}

/// Messages of the game that rules look for.
enum NetHackMessage {
  /// Appears before the new level is shown. It is the only message kept beyond later pages, because tasks reward it.
  static let descent: StaticString = "You descend the stairs."
  /// A skill can be advanced.
  static let skill: StaticString = "You feel more confident in"
}
