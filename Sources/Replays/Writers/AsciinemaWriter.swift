import Foundation

/// asciicast v2: a line of JSON with the terminal's size, then one for each piece of output with its time
/// (docs.asciinema.org/manual/asciicast/v2).
public struct AsciinemaWriter: RecordingWriter {
  private struct Header: Encodable {
    var version = 2
    var width: Int
    var height: Int
    var title: String
  }

  public private(set) var bytes: [UInt8] = []
  private let title: String

  public init(title: String) { self.title = title }

  public mutating func append(_ moment: ReplayMoment, at seconds: Double) {
    let picture = moment.picture()
    var text = TerminalText.draw(picture)
    if bytes.isEmpty {
      append(Header(width: picture.columns, height: picture.rows, title: title))
      text = TerminalText.beginning + text
    }
    if moment.isLast { text += TerminalText.end }
    // The three parts of an event are an array of number, string and string.
    bytes += Array("[\((seconds * 1e6).rounded() / 1e6), \"o\", ".utf8)
    append(text, closing: "]")
  }

  private mutating func append(_ value: some Encodable, closing: String = "") {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and whole numbers can always be encoded.
    bytes += Array((try? encoder.encode(value)) ?? Data()) + Array((closing + "\n").utf8)
  }
}
