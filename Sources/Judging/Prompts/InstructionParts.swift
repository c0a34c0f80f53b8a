import Captions

/// A correction of an earlier answer: what a message means, in the reader's words (reflection of a judge on its mistakes,
/// 2508.21476; a teacher that sees its student's errors, 2310.13332).
public struct Reflection: Sendable, Hashable {
  /// Corrections of one instruction; every question repeats them.
  public static let maximumCount = 32

  public let message: SanitisedCaption
  public let isProgress: Bool

  public init(_ message: SanitisedCaption, isProgress: Bool) {
    self.message = message
    self.isProgress = isProgress
  }

  /// The corrections as lines of a prompt; nil if there are none.
  /// - Parameter words: the prompt's words for progress and for anything else.
  static func list(_ reflections: [Reflection], words: [String]) -> String? {
    guard !reflections.isEmpty else { return nil }
    let lines = reflections.map { "[[\($0.message.text)]] \(words[$0.isProgress ? 0 : 1])" }
    return (["Earlier answers were wrong. The right answers:"] + lines).joined(separator: "\n")
  }
}

/// One thing that a message is scored by, with its weight: "survival 2: the player is safer or healthier".
public struct RubricItem: Sendable, Hashable {
  /// Items of one prompt.
  public static let maximumCount = 16

  public let name: String
  /// Weight of the item's score in the weighted mean, 1 ... 100.
  public let weight: Int
  public let text: String

  /// - Returns: nil if the line is not "NAME WEIGHT: TEXT".
  init?(_ line: Substring) {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let head = line[..<colon].split(separator: " ")
    let text = line[line.index(after: colon)...].trimmingSpaces
    guard head.count == 2, String(head[0]).isPromptName, let weight = Int(head[1]), (1...100).contains(weight),
      !text.isEmpty, !text.contains(where: { "{}".contains($0) })
    else { return nil }
    name = String(head[0])
    self.weight = weight
    self.text = String(text)
  }

  /// The items as numbered lines of a prompt.
  static func list(_ items: [RubricItem]) -> String {
    items.enumerated().map { "\($0 + 1). \($1.name): \($1.text)" }.joined(separator: "\n")
  }
}

/// What changed in the world when a message appeared. Numbers only, so that no text of the game is part of it
/// (tool-assisted judging as in Anyprefer, 2504.19276).
public struct CaptionFacts: Sendable, Hashable, CustomStringConvertible {
  public var hitPoints: Int
  public var depth: Int
  public var gold: Int
  /// Items in the inventory.
  public var items: Int

  public init(hitPoints: Int = 0, depth: Int = 0, gold: Int = 0, items: Int = 0) {
    self.hitPoints = hitPoints
    self.depth = depth
    self.gold = gold
    self.items = items
  }

  public var description: String {
    [("hit points", hitPoints), ("dungeon level", depth), ("gold", gold), ("items", items)]
      .map { "\($0) \($1 > 0 ? "+" : "")\($1)" }.joined(separator: ", ")
  }
}

/// What a question tells about its message in addition to the text.
public enum QuestionNote: Sendable, Hashable, CustomStringConvertible {
  /// What changed in the world.
  case facts(CaptionFacts)
  /// What a student of the model's labels answered, for a second look (tailored learning, 2310.13332).
  case student(Bool)

  public var description: String {
    switch self {
    case .facts(let facts): "Change in this turn: \(facts)."
    case .student(let isProgress):
      "A student called this \(isProgress ? "progress" : "no progress"), unlike its teacher. Look again."
    }
  }
}

extension Array {
  /// nil for an empty array.
  var nilIfEmpty: Self? { isEmpty ? nil : self }
}

extension String {
  /// Whether it can name a goal, a tag or an item of a rubric: lower case, digits and "-".
  var isPromptName: Bool {
    (1...40).contains(count)
      && utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-")
      }
  }
}
