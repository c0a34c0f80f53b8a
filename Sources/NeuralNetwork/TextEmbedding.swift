import Runtime
import Tensor

/// The mean of vectors for the words of a text and for the pairs of neighbouring words, found by hashing.
///
/// A word is a run of ASCII letters, digits and bytes above 127; letters are lower-cased. Words and pairs (joined by
/// one space) are hashed with 32-bit FNV-1a (Fowler, Noll, Vo 1991), folded to a row of the table; collisions share a
/// row (Weinberger et al. 2009). A text without words is the zero vector.
public struct TextEmbedding: Sendable {
  public static let tableRows = 4096

  public let size: Int
  /// [tableRows, size]
  public let table: ParameterSlice

  public init(_ name: String, size: Int, in layout: inout ParameterLayout) {
    self.size = size
    table = layout.add("\(name).table", [Self.tableRows, size])
  }

  /// Independent Gaussians of deviation 1.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    Initialisation.gaussian(parameters + table.offset, count: table.count, deviation: 1, generator: &generator)
  }

  /// The most rows a text of `byteCount` bytes can name: half as many words as bytes, and the pairs between them.
  public static func maximumRows(byteCount: Int) -> Int { max(byteCount, 1) }

  /// Writes the table rows named by a text that ends at its first zero byte or after `capacity` bytes.
  /// - Parameter rows: room for `maximumRows(byteCount: capacity)`.
  /// - Returns: the number of rows written; rows may repeat.
  public static func hash(
    _ text: UnsafePointer<UInt8>, capacity: Int, into rows: UnsafeMutablePointer<UInt16>
  ) -> Int {
    var count = 0
    var hasPrevious = false
    var isInWord = false
    var previousHash: UInt32 = 0
    var wordHash = offsetBasis
    var pairHash = offsetBasis
    for position in 0...capacity {
      // One step past the end closes the last word.
      let byte = position < capacity ? text[position] : 0
      if let letter = letter(byte) {
        if !isInWord {
          isInWord = true
          wordHash = offsetBasis
          pairHash = step(previousHash, UInt8(ascii: " "))
        }
        wordHash = step(wordHash, letter)
        pairHash = step(pairHash, letter)
      } else if isInWord {
        isInWord = false
        rows[count] = fold(wordHash)
        count += 1
        if hasPrevious {
          rows[count] = fold(pairHash)
          count += 1
        }
        hasPrevious = true
        previousHash = wordHash
      }
      if byte == 0 { break }
    }
    return count
  }

  /// y [size] = the mean of the table's `rows` [count]; zero if there are none.
  public func forward(
    _ rows: UnsafePointer<UInt16>, count: Int, into y: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>
  ) {
    y.update(repeating: 0, count: size)
    guard count > 0 else { return }
    let vectors = parameters + table.offset
    for i in 0..<count { Rows.add(vectors + Int(rows[i]) * size, to: y, count: size) }
    Elementwise.multiply(y, by: 1 / Float(count), count: size)
  }

  /// Adds d loss / d table to `gradients`. outputGradients [size] is used as scratch.
  public func backward(
    _ rows: UnsafePointer<UInt16>, count: Int, outputGradients: UnsafeMutablePointer<Float>,
    gradients: UnsafeMutablePointer<Float>
  ) {
    guard count > 0 else { return }
    Elementwise.multiply(outputGradients, by: 1 / Float(count), count: size)
    let vectors = gradients + table.offset
    for i in 0..<count { Rows.add(outputGradients, to: vectors + Int(rows[i]) * size, count: size) }
  }

  private static let offsetBasis: UInt32 = 2_166_136_261

  @inline(__always)
  private static func step(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }

  /// XOR-folding, which the authors of FNV recommend over taking the low bits.
  @inline(__always)
  private static func fold(_ hash: UInt32) -> UInt16 {
    UInt16(truncatingIfNeeded: ((hash >> 16) ^ hash) & UInt32(tableRows - 1))
  }

  /// The byte as it is hashed, or nil if it separates words.
  @inline(__always)
  private static func letter(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 128...: byte
    default: nil
    }
  }
}
