import NeuralNetwork
import Tensor

/// An encoder with layers on top of it.
struct Stacked: ObservationEncoder {
  let input: any ObservationEncoder
  let layers: [any Layer]

  var blueprint: NetworkBlueprint.Encoder? {
    let known = layers.compactMap { NetworkBlueprint.Layer($0) }
    guard let input = input.blueprint, known.count == layers.count else { return nil }
    return .layers(on: input, known)
  }

  var outputSize: Int { layers.last?.outputSize ?? input.outputSize }
  var multiplyAdds: Int { layers.reduce(input.multiplyAdds) { $0 + $1.multiplyAdds } }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    input.prepare(parameters, into: prepared, forTraining: forTraining)
    for layer in layers { layer.prepare(parameters, into: prepared, forTraining: forTraining) }
  }

  /// Used by one thread at a time.
  private final class Memory {
    let input: AnyObject
    /// [N, inputSize] for each layer: its input.
    let activations: [FloatBuffer]
    /// [chunk, inputSize] for each layer: d loss / d input.
    let gradients: [FloatBuffer]
    let scratch: FloatBuffer

    init(_ stack: Stacked, maximumRows: Int, chunk: Int) {
      input = stack.input.makeWorkspace(maximumRows: maximumRows, chunk: chunk)
      activations = stack.layers.map { FloatBuffer(count: maximumRows * $0.inputSize) }
      gradients = stack.layers.map { FloatBuffer(count: chunk * $0.inputSize) }
      scratch = FloatBuffer(count: stack.layers.map { $0.scratchCount(maximumRows: chunk) }.max() ?? 0)
    }

    /// The input of layer `index`, for the rows in `range`.
    func activation(_ index: Int, _ range: Range<Int>, size: Int) -> MutableMatrix {
      MutableMatrix(activations[index].pointer + range.lowerBound * size, rows: range.count, columns: size)
    }
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject {
    Memory(self, maximumRows: maximumRows, chunk: chunk)
  }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    guard let first = layers.first else {
      return input.forward(rows, range, into: y, weights: weights, workspace: memory.input)
    }
    var x = memory.activation(0, range, size: first.inputSize)
    input.forward(rows, range, into: x, weights: weights, workspace: memory.input)
    for index in layers.indices {
      let layer = layers[index]
      let next = index + 1 < layers.count ? memory.activation(index + 1, range, size: layer.outputSize) : y
      layer.forward(x.view, into: next, weights: weights, scratch: memory.scratch.pointer)
      x = next
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    var (output, slope) = (y, outputGradients)
    for index in stride(from: layers.count - 1, through: 0, by: -1) {
      let layer = layers[index]
      let x = memory.activation(index, range, size: layer.inputSize).view
      let inputGradients = MutableMatrix(
        memory.gradients[index].pointer, rows: range.count, columns: layer.inputSize)
      layer.backward(
        x, output, outputGradients: slope, inputGradients: index > 0 || input.isTrained ? inputGradients : nil,
        weights: weights, gradients: gradients, scratch: memory.scratch.pointer)
      (output, slope) = (x, inputGradients)
    }
    guard input.isTrained else { return }
    input.backward(
      rows, range, y: output, outputGradients: slope, weights: weights, gradients: gradients, workspace: memory.input)
  }

  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {
    input.finishBackward(
      weights: weights, gradients: gradients, workspace: unsafeDowncast(workspace, to: Memory.self).input)
  }
}

/// Several encoders whose outputs form one row, in their order.
struct Concatenated: ObservationEncoder {
  let parts: [any ObservationEncoder]

  var blueprint: NetworkBlueprint.Encoder? {
    let known = parts.compactMap(\.blueprint)
    return known.count == parts.count ? .concatenation(known) : nil
  }

  var outputSize: Int { parts.reduce(0) { $0 + $1.outputSize } }
  var multiplyAdds: Int { parts.reduce(0) { $0 + $1.multiplyAdds } }
  var isTrained: Bool { parts.contains { $0.isTrained } }

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
