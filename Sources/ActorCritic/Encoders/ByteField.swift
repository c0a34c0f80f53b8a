import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// The bytes of one text field as numbers in 0 ... 1. Nothing is learned here.
struct ByteField: ObservationEncoder {
  let outputSize: Int
  private let byteOffset: Int
  var multiplyAdds: Int { 0 }
  var isTrained: Bool { false }

  /// - Throws: `PolicyNetworkError` if the field's elements are no bytes.
  init(_ field: ObservationField, byteOffset: Int) throws {
    guard field.type == .uint8 else { throw PolicyNetworkError("\(field.name): text must be uint8") }
    outputSize = field.elementCount
    self.byteOffset = byteOffset
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {}

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
