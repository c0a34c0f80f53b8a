import Glibc

/// Something that can happen in a game, for which a task pays once in an episode.
public struct NetHackEvent: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// The game says one of these, as the agent sees it at the end of a step.
    case message([String])
    /// The hero is within these columns and rows of the screen's map.
    case place(columns: ClosedRange<Int>, rows: ClosedRange<Int>)
    /// The hero has put on an amulet.
    case amulet
  }

  let kind: Kind
  let reward: Double
  /// Whether the task is solved only when this has happened, too.
  let isRequired: Bool
  /// Whether the task is solved when this has happened, whatever else has not.
  let isSufficient: Bool

  init(_ kind: Kind, reward: Double = 1, isRequired: Bool = true, isSufficient: Bool = false) {
    self.kind = kind
    self.reward = reward
    self.isRequired = isRequired
    self.isSufficient = isSufficient
  }

  /// What the game says in the inventory's style when an amulet is put on: "f - an amulet of life saving (being worn)."
  private static let amuletMessages = ["amulet (being worn)", "amulet of"]

  func hasHappened(_ buffers: NetHackBuffers) -> Bool {
    switch kind {
    case .message(let texts): return texts.contains(where: buffers.messageContains)
    case .place(let columns, let rows): return columns.contains(buffers.x) && rows.contains(buffers.y)
    case .amulet:
      return buffers.messageContains("(being worn)") && Self.amuletMessages.contains(where: buffers.messageContains)
    }
  }
}

/// The events of an episode.
struct NetHackEvents {
  private let events: [NetHackEvent]
  private var happened: [Bool]

  init(_ events: [NetHackEvent]) {
    self.events = events
    happened = Array(repeating: false, count: events.count)
  }

  /// Starts an episode: nothing has happened.
  mutating func reset() {
    for index in happened.indices { happened[index] = false }
  }

  /// Notes what has happened in a step, and returns what is paid for it.
  mutating func look(_ buffers: NetHackBuffers) -> Double {
    var paid = 0.0
    for (index, event) in events.enumerated() where !happened[index] && event.hasHappened(buffers) {
      happened[index] = true
      paid += event.reward
    }
    return paid
  }

  /// Whether the events solve the task; false if there are none.
  var areComplete: Bool {
    var isComplete = !events.isEmpty
    for (event, happened) in zip(events, happened) {
      if happened && event.isSufficient { return true }
      if !happened && event.isRequired { isComplete = false }
    }
    return isComplete
  }
}

extension NetHackBuffers {
  /// Whether the message contains `phrase`.
  func messageContains(_ phrase: String) -> Bool {
    var phrase = phrase
    return phrase.withUTF8 { bytes in
      guard let wanted = bytes.baseAddress else { return true }
      let (text, length) = (caption, caption.count)
      guard let start = text.baseAddress, length >= bytes.count else { return bytes.isEmpty }
      return (0...length - bytes.count).contains { memcmp(start + $0, wanted, bytes.count) == 0 }
    }
  }
}
