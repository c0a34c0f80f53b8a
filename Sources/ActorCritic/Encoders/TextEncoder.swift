import Environments
import NeuralNetwork
import Tensor

/// One text field of an observation: the mean of its hashed words and pairs of words, then ELU.
struct TextEncoder: Sendable {
  private let embedding: TextEmbedding
  private let byteOffset: Int
  private let byteCount: Int
  var outputSize: Int { embedding.size }

  init(
    _ field: ObservationField, byteOffset: Int, description: NetworkDescription, in layout: inout ParameterLayout
  ) throws {
    guard field.type == .uint8 else { throw PolicyNetworkError("\(field.name): text must be uint8") }
    embedding = TextEmbedding("encoder.\(field.name)", size: description.textSize, in: &layout)
    self.byteOffset = byteOffset
    byteCount = field.byteCount
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    embedding.initialise(parameters, generator: &generator)
  }

  func makeHashes(maximumRows: Int) -> TextHashes {
    TextHashes(texts: maximumRows, capacity: TextEmbedding.maximumRows(byteCount: byteCount))
  }

  /// output [count, outputSize]; the hashes are kept for the backward pass.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, hashes: TextHashes, into output: MutableMatrix,
    parameters: UnsafePointer<Float>
  ) {
    for row in 0..<output.rows {
      let text = (rows[row] + byteOffset).assumingMemoryBound(to: UInt8.self)
      let count = TextEmbedding.hash(text, capacity: byteCount, into: hashes.rows(of: row))
      hashes.counts[row] = Int32(count)
      embedding.forward(hashes.rows(of: row), count: count, into: output.row(row), parameters: parameters)
    }
    Rows.elu(output)
  }

  /// outputGradients [count, outputSize] are those before the ELU; they are used as scratch.
  func backward(hashes: TextHashes, outputGradients: MutableMatrix, gradients: UnsafeMutablePointer<Float>) {
    for row in 0..<outputGradients.rows {
      embedding.backward(
        hashes.rows(of: row), count: Int(hashes.counts[row]), outputGradients: outputGradients.row(row),
        gradients: gradients)
    }
  }
}
