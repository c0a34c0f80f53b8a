/// What captions have in common that differ only in numbers and in creatures' names.
///
///     You kill the acid blob!   ->   You kill the {creature}!
///     $ - 17 gold pieces.       ->   $ - {number} gold pieces.
///
/// An article before a name follows the name, so "an" becomes "a" there. Names match as whole words, the longest first;
/// names that the player gives are not known and stay.
public enum CaptionTemplate {
  /// The template of a caption; the caption itself where nothing is replaced.
  public static func of(_ caption: some Collection<UInt8>) -> [UInt8] {
    let text = Array(caption)
    var template: [UInt8] = []
    template.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      if isDigit(text[position]) {
        template += number
        while position < text.count, isDigit(text[position]) { position += 1 }
      } else if isWordStart(text, position), let end = creatureEnd(text, position) {
        if template.ends(with: " an ") || template == Array("an ".utf8) { template.remove(at: template.count - 2) }
        template += creature
        position = end
      } else {
        template.append(text[position])
        position += 1
      }
    }
    return template
  }

  private static let number = Array("{number}".utf8)
  private static let creature = Array("{creature}".utf8)

  /// Names by their first byte, the longest first.
  private static let namesByFirstByte: [UInt8: [[UInt8]]] = {
    let names = CreatureNames.all.map { Array($0.utf8) }.filter { !$0.isEmpty }
    return Dictionary(grouping: names) { $0[0] }.mapValues { $0.sorted { $0.count > $1.count } }
  }()

  /// Where the creature's name that starts here ends; nil when none does.
  private static func creatureEnd(_ text: [UInt8], _ start: Int) -> Int? {
    for name in namesByFirstByte[text[start]] ?? [] {
      let end = start + name.count
      if end <= text.count, !(end < text.count && isWordPart(text[end])), text[start..<end].elementsEqual(name) {
        return end
      }
    }
    return nil
  }

  private static func isWordStart(_ text: [UInt8], _ position: Int) -> Bool {
    position == 0 || !isWordPart(text[position - 1])
  }

  /// ASCII letters, and the hyphen that joins parts of a name.
  private static func isWordPart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension [UInt8] {
  fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
