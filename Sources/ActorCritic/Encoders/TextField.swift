import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// One text field: the mean of its hashed words and pairs of words, then ELU.
struct TextField: ObservationEncoder {
  private let embedding: TextEmbedding
  private let byteOffset: Int
  private let byteCount: Int

  var outputSize: Int { embedding.size }
  var multiplyAdds: Int { 0 }

  /// - Throws: `PolicyNetworkError` if the field's elements are no bytes.
  init(_ field: ObservationField, byteOffset: Int, size: Int, in layout: inout ParameterLayout) throws {
    guard field.type == .uint8 else { throw PolicyNetworkError("\(field.name): text must be uint8") }
    embedding = TextEmbedding("encoder.\(field.name)", size: size, in: &layout)
    self.byteOffset = byteOffset
    byteCount = field.byteCount
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    embedding.initialise(parameters, generator: &generator)
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
