import CZlib
import Environments

/// Writes PNG (W3C 2025, with animations): one moment becomes a picture, several become an animation. Programs without support
/// for animations show its first picture.
public struct PNGWriter: RecordingWriter {
  private let scale: Int
  private var frames: [(picture: PixelScreen, seconds: Double)] = []
  /// Duration of the last picture.
  static let lastSeconds = 2.0

  /// - Parameter scale: number of pixels for each pixel of the font, 1 or more.
  public init(scale: Int = 2) { self.scale = scale }

  public mutating func append(_ moment: ReplayMoment, at seconds: Double) {
    frames.append((PixelScreen(moment.picture(), scale: scale), seconds))
  }

  public var bytes: [UInt8] {
    guard let first = frames.first?.picture else { return [] }
    let isAnimated = frames.count > 1
    var file: [UInt8] = [0x89] + Array("PNG\r\n\u{1A}\n".utf8)
    // Eight bits per pixel, with a palette.
    file += Self.chunk("IHDR", Self.big(first.width) + Self.big(first.height) + [8, 3, 0, 0, 0])
    if isAnimated { file += Self.chunk("acTL", Self.big(frames.count) + Self.big(0)) }
    file += Self.chunk("PLTE", PixelScreen.palette)
    var sequence = 0
    for (index, frame) in frames.enumerated() {
      if isAnimated {
        file += Self.chunk("fcTL", Self.big(sequence) + control(index))
        sequence += 1
      }
      let data = Self.compressed(frame.picture)
      if index == 0 {
        file += Self.chunk("IDAT", data)
      } else {
        file += Self.chunk("fdAT", Self.big(sequence) + data)
        sequence += 1
      }
    }
    return file + Self.chunk("IEND", [])
  }

  /// Size, place and duration of a frame, which replaces the previous one.
  private func control(_ index: Int) -> [UInt8] {
    let (picture, began) = frames[index]
    let ends = index + 1 < frames.count ? frames[index + 1].seconds : began + Self.lastSeconds
    let milliseconds = min(max(Int(((ends - began) * 1000).rounded()), 1), 65_535)
    return Self.big(picture.width) + Self.big(picture.height) + Self.big(0) + Self.big(0)
      + Self.big(milliseconds).suffix(2) + [0x03, 0xE8, 0, 0]
  }

  private static func big(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) }
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    let sum = body.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
    return big(data.count) + body + big(Int(sum))
  }

  /// The compressed rows. Each follows a zero byte, which means that it is not filtered.
  private static func compressed(_ picture: PixelScreen) -> [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity((picture.width + 1) * picture.height)
    for row in 0..<picture.height {
      rows.append(0)
      rows += picture.pixels[(row * picture.width)..<((row + 1) * picture.width)]
    }
    var count = compressBound(UInt(rows.count))
    var result = [UInt8](repeating: 0, count: Int(count))
    let status = compress2(&result, &count, rows, UInt(rows.count), Z_BEST_COMPRESSION)
    precondition(status == Z_OK, "zlib's own bound is large enough (status \(status))")
    return Array(result.prefix(Int(count)))
  }
}

/// A screen as pixels with a palette: the colours of a terminal, and black.
struct PixelScreen: Sendable, Hashable {
  /// Side of a character in pixels of the font.
  static let tile = TerminalTiles.side
  /// Number of pixels between lines.
  static let spacing = 2
  /// Index of black in the palette, after the sixteen colours of a terminal.
  static let black: UInt8 = 16

  /// Red, green and blue of each index.
  static let palette: [UInt8] =
    TerminalTiles.colours.flatMap { colour in (0..<3).map { UInt8((colour[$0] * 255).rounded()) } } + [0, 0, 0]

  let width: Int
  let height: Int
  /// [height, width]
  let pixels: [UInt8]

  /// - Parameter scale: number of pixels for each pixel of the font, 1 or more.
  init(_ screen: Screen, scale: Int) {
    precondition(scale > 0, "a picture needs a scale of at least 1, not \(scale)")
    let side = Self.tile * scale
    let line = side + Self.spacing * scale
    (width, height) = (screen.columns * side, screen.rows * line)
    var pixels = [UInt8](repeating: Self.black, count: width * height)
    for row in 0..<screen.rows {
      for column in 0..<screen.columns {
        let square = row * screen.columns + column
        let character = screen.characters[square]
        guard (33..<127).contains(character) else { continue }
        let mask = TerminalTiles.masks[Int(character) - 33]
        for y in 0..<side {
          for x in 0..<side where mask >> UInt64(y / scale * Self.tile + x / scale) & 1 == 1 {
            pixels[(row * line + y) * width + column * side + x] = screen.colours[square] & 15
          }
        }
      }
    }
    self.pixels = pixels
  }
}
