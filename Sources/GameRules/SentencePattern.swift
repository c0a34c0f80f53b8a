/// A pattern for one sentence: a row of elements, separated by spaces.
///
///     word         this word
///     a/b/c        one of several words or classes
///     {class}      a word of a class of the lexicon
///     word?        any of the above, or nothing
///     {number}     digits
///     {letter}     one letter: of an inventory
///     {np}         a noun phrase: one to eight words, none of them in the class `clause`
///     {np+class}   a noun phrase with a word of the class
///     ...          any words, or none
///
/// It matches a sentence as a whole, from first to last word.
public struct SentencePattern: Sendable, Hashable {
  /// Words in a noun phrase at most: "the peaceful saddled invisible white unicorn of Thoth".
  private static let longestPhrase = 8
  /// The class of words that no noun phrase has: verbs in the third person, and "you". A name that is chosen to look like
  /// an event cannot hide what the sentence says about its bearer.
  static let clause = "clause"

  private enum Element: Sendable, Hashable {
    case words(Set<String>, isOptional: Bool)
    case number
    case letter
    /// With a word of the set, if there is one.
    case phrase(Set<String>?)
    case anything
  }

  /// The pattern as written.
  public let text: String
  private let elements: [Element]
  private let clause: Set<String>

  /// Whether the pattern has an element for any words.
  var isOpen: Bool { elements.contains(.anything) }

  /// - Throws: the reason if a class is unknown or the text is empty.
  init(_ text: String, lexicon: [String: Set<String>]) throws(SentencePatternError) {
    var elements: [Element] = []
    for part in text.split(separator: " ") {
      switch part {
      case "...": elements.append(.anything)
      case "{number}": elements.append(.number)
      case "{letter}": elements.append(.letter)
      case "{np}": elements.append(.phrase(nil))
      case _ where part.hasPrefix("{np+") && part.hasSuffix("}"):
        elements.append(.phrase(try Self.members(of: part.dropFirst(4).dropLast(), lexicon)))
      default: elements.append(try Self.words(part, lexicon))
      }
    }
    guard !elements.isEmpty else { throw SentencePatternError(problem: "the pattern is empty") }
    self.text = text
    self.elements = elements
    clause = lexicon[Self.clause] ?? []
  }

  private static func words(_ part: Substring, _ lexicon: [String: Set<String>]) throws(SentencePatternError) -> Element
  {
    let isOptional = part.hasSuffix("?")
    var words: Set<String> = []
    for choice in (isOptional ? part.dropLast() : part).split(separator: "/") {
      if choice.hasPrefix("{"), choice.hasSuffix("}") {
        words.formUnion(try members(of: choice.dropFirst().dropLast(), lexicon))
      } else if choice.contains("{") || choice.contains("}") {
        throw SentencePatternError(problem: "\"\(choice)\" has a brace in its middle")
      } else {
        words.insert(String(choice))
      }
    }
    return .words(words, isOptional: isOptional)
  }

  private static func members(
    of name: Substring, _ lexicon: [String: Set<String>]
  ) throws(SentencePatternError) -> Set<String> {
    guard let members = lexicon[String(name)] else {
      throw SentencePatternError(problem: "no class is called \"\(name)\"")
    }
    return members
  }

  /// Whether the pattern matches the whole sentence.
  func matches(_ sentence: Sentence) -> Bool { matches(elements[...], sentence.words[...]) }

  private func matches(_ elements: ArraySlice<Element>, _ words: ArraySlice<String>) -> Bool {
    guard let element = elements.first else { return words.isEmpty }
    let rest = elements.dropFirst()
    switch element {
    case .words(let choices, let isOptional):
      if let word = words.first, choices.contains(word), matches(rest, words.dropFirst()) { return true }
      return isOptional && matches(rest, words)
    case .number:
      return words.first.map(Self.isNumber) ?? false && matches(rest, words.dropFirst())
    case .letter:
      return words.first.map(Self.isLetter) ?? false && matches(rest, words.dropFirst())
    case .anything:
      if rest.isEmpty { return true }
      return (0...words.count).contains { matches(rest, words.dropFirst($0)) }
    case .phrase(let required):
      return matchesPhrase(with: required, rest, words)
    }
  }

  private func matchesPhrase(
    with required: Set<String>?, _ rest: ArraySlice<Element>, _ words: ArraySlice<String>
  ) -> Bool {
    var isFound = required == nil
    for (length, word) in words.prefix(Self.longestPhrase).enumerated() {
      if clause.contains(word) { return false }
      isFound = isFound || required?.contains(word) ?? false
      if isFound, matches(rest, words.dropFirst(length + 1)) { return true }
    }
    return false
  }

  private static func isNumber(_ word: String) -> Bool { word.utf8.allSatisfy { (48...57).contains($0) } }

  private static func isLetter(_ word: String) -> Bool {
    word.utf8.count == 1 && word.utf8.allSatisfy { (97...122).contains($0) }
  }
}

/// Why a pattern cannot be read.
struct SentencePatternError: Error, Hashable {
  let problem: String
}
