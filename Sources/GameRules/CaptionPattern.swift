/// A pattern for one sentence of a caption: literal bytes, and
///
///     *          any text, possibly empty
///     {number}   one or more digits
///     {letter}   one ASCII letter
///
/// It matches a sentence as a whole, from first to last byte.
public struct CaptionPattern: Sendable, Hashable {
  /// Elements above the bytes.
  private enum Element {
    static let anything: UInt16 = 256
    static let number: UInt16 = 257
    static let letter: UInt16 = 258
  }

  /// The pattern as written.
  public let text: String
  private let elements: [UInt16]

  /// - Returns: nil if the text is empty or has a brace outside the placeholders.
  public init?(_ text: String) {
    var elements: [UInt16] = []
    var rest = Substring(text)
    while let first = rest.utf8.first {
      if rest.hasPrefix("{number}") {
        elements.append(Element.number)
        rest.removeFirst("{number}".count)
      } else if rest.hasPrefix("{letter}") {
        elements.append(Element.letter)
        rest.removeFirst("{letter}".count)
      } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "}") {
        return nil
      } else {
        let character = rest.removeFirst()
        elements += character == "*" ? [Element.anything] : character.utf8.map(UInt16.init)
      }
    }
    guard !elements.isEmpty else { return nil }
    self.text = text
    self.elements = elements
  }

  /// Whether the pattern matches the whole sentence. Time: at most sentence length times pattern length.
  public func matches(_ sentence: ArraySlice<UInt8>) -> Bool {
    var element = 0
    var position = sentence.startIndex
    // If the text after the latest `*` does not match, matching continues here, with one byte more for the star.
    var retryElement = -1
    var retryPosition = 0
    while true {
      if element < elements.count, elements[element] == Element.anything {
        element += 1
        retryElement = element
        retryPosition = position
      } else if element == elements.count, position == sentence.endIndex {
        return true
      } else if element < elements.count, let next = end(of: element, in: sentence, from: position) {
        element += 1
        position = next
      } else if retryElement >= 0, retryPosition < sentence.endIndex {
        retryPosition += 1
        element = retryElement
        position = retryPosition
      } else {
        return false
      }
    }
  }

  /// The end of the text that matches one element other than `*`; nil if it does not match.
  private func end(of element: Int, in sentence: ArraySlice<UInt8>, from position: Int) -> Int? {
    guard position < sentence.endIndex else { return nil }
    let byte = sentence[position]
    switch elements[element] {
    case Element.number:
      guard Self.isDigit(byte) else { return nil }
      var end = position + 1
      while end < sentence.endIndex, Self.isDigit(sentence[end]) { end += 1 }
      return end
    case Element.letter:
      return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) ? position + 1 : nil
    case let literal:
      return literal == UInt16(byte) ? position + 1 : nil
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
