import NeuralNetwork
import Tensor
import Trajectories

/// One text field by its trigrams: ELU of the sum of their vectors over the root of their number. It tells apart what words
/// do not ("+1", "Elbereth" with a letter rubbed out), and finds what words of different endings share.
///
/// A text of n bytes up to the first zero has n - 2 trigrams, of bytes with ASCII letters in lower case. The row of a trigram
/// (a, b, c) in the table of 4096 is the highest 12 bits of ((65536 a + 256 b + c) 2654435761) mod 2^32 (Knuth 1973); trigrams
/// that collide share a row (Weinberger et al. 2009). A text of fewer than three bytes gives the zero vector.
struct TrigramField: ObservationEncoder {
  static let tableRows = 4096
  /// The end of the table's name.
  static let suffix = ".trigrams"
  private static let multiplier: UInt32 = 2_654_435_761
  private static let shift: UInt32 = 20

  private let field: ObservationField
  /// [tableRows, size]
  private let table: ParameterSlice
  private let byteOffset: Int
  private let byteCount: Int
  let outputSize: Int

  var blueprint: NetworkBlueprint.Encoder? { .trigrams(field, table: table) }
  var multiplyAdds: Int { 0 }

  /// - Throws: `PolicyNetworkError` if the field's elements are not bytes.
  init(_ field: ObservationField, byteOffset: Int, size: Int, in layout: inout ParameterLayout) throws {
    guard field.type == .uint8 else { throw PolicyNetworkError("\(field.name): text must be uint8") }
    table = layout.add("encoder.\(field.name)\(Self.suffix)", [Self.tableRows, size], initial: .gaussian())
    self.field = field
    self.byteOffset = byteOffset
    byteCount = field.byteCount
    outputSize = size
  }

  /// Writes the table rows of a text that ends at its first zero byte or after `capacity` bytes.
  /// - Parameter rows: room for `capacity`.
  /// - Returns: the number of rows written; rows may repeat.
  static func hash(
    _ text: UnsafePointer<UInt8>, capacity: Int, into rows: UnsafeMutablePointer<UInt16>
  ) -> Int {
    var (key, position) = (UInt32(0), 0)
    while position < capacity, text[position] != 0 {
      let byte = text[position]
      let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      key = (key << 8 | UInt32(isCapital ? byte | 0x20 : byte)) & 0xFF_FFFF
      if position >= 2 { rows[position - 2] = UInt16(truncatingIfNeeded: (key &* multiplier) >> shift) }
      position += 1
    }
    return max(0, position - 2)
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject {
    TextHashes(texts: maximumRows, capacity: max(byteCount, 1))
  }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    let hashes = unsafeDowncast(workspace, to: TextHashes.self)
    for (index, row) in range.enumerated() {
      let text = (rows[row] + byteOffset).assumingMemoryBound(to: UInt8.self)
      let (places, sum) = (hashes.rows(of: row), y.row(index))
      let count = Self.hash(text, capacity: byteCount, into: places)
      hashes.counts[row] = Int32(truncatingIfNeeded: count)
      sum.update(repeating: 0, count: outputSize)
      guard count > 0 else { continue }
      let vectors = weights.parameters + table.offset
      for place in 0..<count { Rows.add(vectors + Int(places[place]) * outputSize, to: sum, count: outputSize) }
      Elementwise.multiply(sum, by: Self.scale(count), count: outputSize)
    }
    Rows.elu(y)
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let hashes = unsafeDowncast(workspace, to: TextHashes.self)
    Rows.multiplyByELUDerivative(outputGradients, outputs: y)
    for (index, row) in range.enumerated() {
      let (places, count) = (hashes.rows(of: row), Int(hashes.counts[row]))
      guard count > 0 else { continue }
      let slope = outputGradients.row(index)
      Elementwise.multiply(slope, by: Self.scale(count), count: outputSize)
      let sums = gradients + table.offset
      for place in 0..<count { Rows.add(slope, to: sums + Int(places[place]) * outputSize, count: outputSize) }
    }
  }

  /// One over the root of the number of trigrams, so that a long text is about as large as a short one.
  private static func scale(_ count: Int) -> Float { 1 / Float(count).squareRoot() }
}
