/// A PNG picture with its size, which readers of metrics want to know without decoding it.
public struct EncodedPicture: Sendable, Equatable {
  /// The file's bytes.
  public let png: [UInt8]
  /// Pixels.
  public let width: Int
  public let height: Int

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// Where the first chunk has its name and the two numbers of four bytes (W3C PNG, section 11.2.1).
  private static let (nameStart, sizeStart) = (12, 16)
  private static let sides = 1...65_535

  /// - Returns: nil if the bytes do not begin like a PNG file with a plausible size.
  public init?(png bytes: [UInt8]) {
    guard bytes.count >= Self.sizeStart + 8, bytes.starts(with: Self.signature),
      bytes[Self.nameStart..<Self.sizeStart].elementsEqual("IHDR".utf8)
    else { return nil }
    func number(at start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    (width, height) = (number(at: Self.sizeStart), number(at: Self.sizeStart + 4))
    guard Self.sides.contains(width), Self.sides.contains(height) else { return nil }
    png = bytes
  }
}
