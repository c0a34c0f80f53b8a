import CNetHack
import Glibc

/// The memory NetHack writes its arrays into: one block for the life of an environment, because the terminal arrays are
/// rewritten only where they changed.
///
/// Rule of its pointers: they are valid as long as this object, and only the thread that plays the game touches them.
final class NetHackBuffers {
  /// What rules and prompts read, whatever the observation holds.
  private static let alwaysNeeded: Set<NetHackObservation> = [.blstats, .message, .programState, .internal]
  private static let alignment = 64

  /// The structure handed to the library; arrays that nobody needs are null and cost nothing.
  let observation: UnsafeMutablePointer<tengu_nethack_observation>
  /// [27]
  let status: UnsafeMutablePointer<Int64>
  /// [256]
  let message: UnsafeMutablePointer<UInt8>
  /// [6]
  let programState: UnsafeMutablePointer<Int32>
  /// [9]
  let internalState: UnsafeMutablePointer<Int32>
  /// [21, 79], if asked for.
  let glyphs: UnsafeMutablePointer<Int16>?
  /// [24, 80], if asked for.
  let terminalChars: UnsafeMutablePointer<UInt8>?
  /// [24, 80], if asked for.
  let terminalColors: UnsafeMutablePointer<Int8>?

  private let block: UnsafeMutableRawPointer
  private let byteCount: Int
  private let offsets: [NetHackObservation: Int]

  /// Memory for `keys` (derived ones bring in what they are made of) and for what the rules need.
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
        screen_descriptions: array(.screenDescriptions, UInt8.self), tty_chars: terminalChars,
        tty_colors: terminalColors, tty_cursor: array(.terminalCursor, UInt8.self),
        misc: array(.misc, Int32.self)))
    clear()
  }

  deinit {
    observation.deallocate()
    block.deallocate()
  }

  /// Forgets the previous game, so that an episode depends on its seed alone.
  func clear() {
    memset(block, 0, byteCount)
    observation.pointee.done = 0
    observation.pointee.in_normal_game = 0
    observation.pointee.how_done = 0
  }

  /// One of NLE's arrays, or nil if it is not produced.
  func source(of key: NetHackObservation) -> UnsafeRawPointer? {
    offsets[key].map { UnsafeRawPointer(block + $0) }
  }
}
