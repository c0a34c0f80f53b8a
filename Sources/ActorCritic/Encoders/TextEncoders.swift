import NeuralNetwork
import Tensor
import Trajectories

/// One text field: the mean of the vectors of its hashed words and word pairs, then ELU.
struct TextField: ObservationEncoder {
  private let field: ObservationField
  private let embedding: TextEmbedding
  private let byteOffset: Int
  private let byteCount: Int

  var blueprint: NetworkBlueprint.Encoder? { .text(field, table: embedding.table) }
  var outputSize: Int { embedding.size }
  var multiplyAdds: Int { 0 }

  /// - Throws: `PolicyNetworkError` if the field's elements are not bytes.
  init(_ field: ObservationField, byteOffset: Int, size: Int, in layout: inout ParameterLayout) throws {
    guard field.type == .uint8 else { throw PolicyNetworkError("\(field.name): text must be uint8") }
    embedding = TextEmbedding("encoder.\(field.name)", size: size, in: &layout)
    self.field = field
    self.byteOffset = byteOffset
    byteCount = field.byteCount
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject {
    TextHashes(texts: maximumRows, capacity: TextEmbedding.maximumRows(byteCount: byteCount))
  }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    let hashes = unsafeDowncast(workspace, to: TextHashes.self)
    for (index, row) in range.enumerated() {
      let text = (rows[row] + byteOffset).assumingMemoryBound(to: UInt8.self)
      let count = TextEmbedding.hash(text, capacity: byteCount, into: hashes.rows(of: row))
      hashes.counts[row] = Int32(count)
      embedding.forward(hashes.rows(of: row), count: count, into: y.row(index), parameters: weights.parameters)
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
      embedding.backward(
        hashes.rows(of: row), count: Int(hashes.counts[row]), outputGradients: outputGradients.row(index),
        gradients: gradients)
    }
  }
}

/// The table rows of each text of a batch. The forward pass finds them, the backward pass reads them again. Used by one
/// thread at a time.
final class TextHashes {
  /// Number of table rows of each text.
  let counts: UnsafeMutablePointer<Int32>
  private let storage: UnsafeMutablePointer<UInt16>
  private let capacity: Int

  /// - Parameter capacity: maximum number of table rows of one text.
  init(texts: Int, capacity: Int) {
    self.capacity = capacity
    counts = .allocate(capacity: texts)
    counts.initialize(repeating: 0, count: texts)
    storage = .allocate(capacity: texts * capacity)
    storage.initialize(repeating: 0, count: texts * capacity)
  }

  deinit {
    counts.deallocate()
    storage.deallocate()
  }

  /// The table rows of one text; the first `counts[text]` are valid.
  func rows(of text: Int) -> UnsafeMutablePointer<UInt16> { storage + text * capacity }
}

/// The bytes of one text or picture as numbers in 0 ... 1. It has no parameters.
struct ByteField: ObservationEncoder {
  let outputSize: Int
  /// The shape of a picture; nil for a text.
  let image: (height: Int, width: Int, channels: Int)?
  private let field: ObservationField
  private let byteOffset: Int
  var blueprint: NetworkBlueprint.Encoder? { image == nil ? .bytes(field) : .image(field) }
  var multiplyAdds: Int { 0 }
  var isTrained: Bool { false }

  /// - Throws: `PolicyNetworkError` if the field's elements are not bytes.
  init(_ field: ObservationField, byteOffset: Int) throws {
    guard field.type == .uint8 else { throw PolicyNetworkError("\(field.name): text and pictures must be uint8") }
    image = field.encoding == .image ? (field.shape[0], field.shape[1], field.shape[2]) : nil
    outputSize = field.elementCount
    self.field = field
    self.byteOffset = byteOffset
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { NoWorkspace() }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    for (index, row) in range.enumerated() {
      let (bytes, floats) = ((rows[row] + byteOffset).assumingMemoryBound(to: UInt8.self), y.row(index))
      for i in 0..<outputSize { floats[i] = Float(bytes[i]) * (1 / 255) }
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {}
}
