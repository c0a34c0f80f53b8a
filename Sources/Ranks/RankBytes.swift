/// Writes numbers and texts one after the other, for `RankReader`.
public struct RankWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func put(_ number: UInt32) { put(bytesOf: number) }
  public mutating func put(_ number: UInt64) { put(bytesOf: number) }
  public mutating func put(_ number: Float) { put(bytesOf: number.bitPattern) }
  public mutating func put(_ number: Double) { put(bytesOf: number.bitPattern) }

  /// A count, which `RankReader.count` bounds.
  public mutating func put(count: Int) { put(UInt32(clamping: count)) }

  /// Bytes and their number.
  public mutating func put(text: [UInt8]) {
    put(count: text.count)
    bytes += text
  }

  /// The floats alone; the reader knows how many there are.
  public mutating func put(floats: UnsafeBufferPointer<Float>) { bytes += UnsafeRawBufferPointer(floats) }

  private mutating func put<Number: FixedWidthInteger>(bytesOf number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }
}

/// Reads what `RankWriter` wrote on another rank. Every call throws when the bytes end too soon.
public struct RankReader {
  private let bytes: [UInt8]
  private var place = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var isAtEnd: Bool { place == bytes.count }

  public mutating func uint32() throws(RankError) -> UInt32 { try number() }
  public mutating func uint64() throws(RankError) -> UInt64 { try number() }
  public mutating func float() throws(RankError) -> Float { Float(bitPattern: try number()) }
  public mutating func double() throws(RankError) -> Double { Double(bitPattern: try number()) }

  /// A number of items that take at least `itemBytes` each, so that no array is made for items that are not there.
  public mutating func count(itemBytes: Int) throws(RankError) -> Int {
    let count = Int(clamping: try uint32())
    guard count <= (bytes.count - place) / max(1, itemBytes) else { throw Self.tooShort }
    return count
  }

  public mutating func text() throws(RankError) -> [UInt8] {
    let count = try count(itemBytes: 1)
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  /// Fills `floats`.
  public mutating func read(into floats: UnsafeMutableBufferPointer<Float>) throws(RankError) {
    let count = floats.count * MemoryLayout<Float>.stride
    guard count <= bytes.count - place else { throw Self.tooShort }
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(floats).copyMemory(from: .init(rebasing: $0[place..<place + count]))
    }
    place += count
  }

  private mutating func number<Number: FixedWidthInteger>() throws(RankError) -> Number {
    let count = MemoryLayout<Number>.size
    guard count <= bytes.count - place else { throw Self.tooShort }
    defer { place += count }
    return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Number.self)) }
  }

  private static let tooShort = RankError(
    "a message of another rank ends too soon; all ranks must run the same build of tengu")
}

/// An exchange between the ranks of a run failed.
public struct RankError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
