import NeuralNetwork
import Runtime
import Tensor

/// Encoders side by side: their outputs in one row, in their order.
struct Concatenated: ObservationEncoder {
  let parts: [any ObservationEncoder]

  var outputSize: Int { parts.reduce(0) { $0 + $1.outputSize } }
  var multiplyAdds: Int { parts.reduce(0) { $0 + $1.multiplyAdds } }
  var isTrained: Bool { parts.contains { $0.isTrained } }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    for part in parts { part.initialise(parameters, generator: &generator) }
  }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    for part in parts { part.prepare(parameters, into: prepared, forTraining: forTraining) }
  }

  private final class Memory {
    let parts: [AnyObject]
    init(parts: [AnyObject]) { self.parts = parts }
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject {
    Memory(parts: parts.map { $0.makeWorkspace(maximumRows: maximumRows, chunk: chunk) })
  }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    var column = 0
    for index in parts.indices {
      let part = parts[index]
      part.forward(
        rows, range, into: y.columns(column..<column + part.outputSize), weights: weights,
        workspace: memory.parts[index])
      column += part.outputSize
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    var column = 0
    for index in parts.indices {
      let part = parts[index]
      let columns = column..<column + part.outputSize
      column += part.outputSize
      guard part.isTrained else { continue }
      part.backward(
        rows, range, y: y.columns(columns), outputGradients: outputGradients.columns(columns), weights: weights,
        gradients: gradients, workspace: memory.parts[index])
    }
  }

  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    for index in parts.indices {
      let part = parts[index]
      part.finishBackward(weights: weights, gradients: gradients, workspace: memory.parts[index])
    }
  }
}
