import Environments

/// Texts as counts of their words.
struct WordCounts: Sendable {
  /// [texts][words]
  let rows: [[Float]]
  /// Number of different words.
  let count: Int

  init(_ texts: [String]) {
    var places: [String: Int] = [:]
    let split = texts.map { $0.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) }
    for word in split.joined() where places[word] == nil { places[word] = places.count }
    count = places.count
    rows = split.map { words in
      var row = [Float](repeating: 0, count: places.count)
      for word in words {
        if let place = places[word] { row[place] += 1 }
      }
      return row
    }
  }
}

/// The captions of CaptionGrid as counts of their words.
enum CaptionWords {
  /// Every caption that is not empty.
  static let captions = CaptionGridCaption.allCases.filter { $0 != .none }

  private static let counts = WordCounts(
    captions.map { caption in caption.text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } })

  /// Number of different words.
  static var count: Int { counts.count }

  /// [captions][words], by the caption's place in `captions`.
  static var rows: [[Float]] { counts.rows }

  /// The place of a caption in `captions`; nil for the empty one.
  static func place(_ caption: CaptionGridCaption) -> Int? { captions.firstIndex(of: caption) }
}
