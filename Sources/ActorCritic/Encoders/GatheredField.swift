import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// One grid of symbols under a convolution that is gathered from a table.
struct GatheredField: ObservationEncoder {
  let convolution: any SymbolConvolution
  private let type: ScalarType
  private let byteOffset: Int

  var outputSize: Int { convolution.outputCount }
  var multiplyAdds: Int { convolution.multiplyAdds }

  /// - Throws: `PolicyNetworkError` if the field has not the convolution's cells.
  init(_ field: ObservationField, byteOffset: Int, _ convolution: any SymbolConvolution) throws {
    guard field.elementCount == convolution.cellCount, field.type != .float32 else {
      throw PolicyNetworkError(
        "\(field.name): \(field.type)\(field.shape) instead of \(convolution.cellCount) symbols")
    }
    self.convolution = convolution
    type = field.type
    self.byteOffset = byteOffset
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    convolution.initialise(parameters, gain: 1, generator: &generator)
  }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    convolution.prepare(parameters, into: prepared)
  }

  /// Used by one thread at a time.
  private final class Memory {
    private let tableGradientCount: Int
    /// Made by the first backward pass: those who only infer need none.
    lazy var tableGradients = FloatBuffer(count: tableGradientCount)

    init(_ convolution: any SymbolConvolution) { tableGradientCount = convolution.tableGradientCount }
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { Memory(convolution) }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    for (index, row) in range.enumerated() {
      convolution.forward(rows[row] + byteOffset, type: type, into: y.row(index), weights: weights)
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    for (index, row) in range.enumerated() {
      convolution.backward(
        rows[row] + byteOffset, type: type, y: y.row(index), outputGradients: outputGradients.row(index),
        gradients: gradients, tableGradients: memory.tableGradients.pointer)
    }
  }

  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    convolution.finishBackward(
      weights: weights, tableGradients: memory.tableGradients.pointer, gradients: gradients)
  }
}
