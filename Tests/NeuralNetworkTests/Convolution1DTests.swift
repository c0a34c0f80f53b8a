import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

/// Convolutions along a text, against plain Float64 loops and central differences.
@Suite struct Convolution1DTests {
  private static let kernel = 3
  private static let columns = 7
  private static let outputs = 9

  /// y [count, outputs] of x [columns, channels].
  private func convolution(_ x: [Double], channels: Int, weight: [Double], bias: [Double]) -> [Double] {
    let (kernel, outputs) = (Self.kernel, bias.count)
    var y: [Double] = []
    for first in 0..<x.count / channels - kernel + 1 {
      for output in 0..<outputs {
        var sum = bias[output]
        for i in 0..<kernel * channels { sum += x[first * channels + i] * weight[i * outputs + output] }
        y.append(sum)
      }
    }
    return y
  }

  private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  @Test func forwardAndGradientsMatchFloat64() {
    let channels = 5
    var generator = RandomGenerator(seed: 1)
    var layout = ParameterLayout()
    let layer = Convolution1D(
      "layer", kernel: Self.kernel, inputChannels: channels, outputChannels: Self.outputs, in: &layout)
    let parameters = FloatBuffer(generator.values(layout.count))
    let prepared = FloatBuffer(count: layout.preparedCount)
    layer.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    let weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    let x = FloatBuffer(generator.values(Self.columns * channels))
    let count = Self.columns - Self.kernel + 1
    let direction = generator.values(count * Self.outputs)
    let reference = { (values: [Double], x: [Double]) in
      convolution(
        x, channels: channels, weight: Array(values[..<layer.weight.count]),
        bias: Array(values[layer.weight.count...]))
    }

    // Their order is the caller's.
    let order = Array((0..<count).reversed())
    let windows = order.map { UnsafePointer(x.pointer) + $0 * channels }
    let y = FloatBuffer(count: count * Self.outputs)
    layer.forward(windows, into: MutableMatrix(y.pointer, rows: count, columns: Self.outputs), weights: weights)
    let expected = reference(parameters.array.doubles, x.array.doubles)
    let inOrder = order.flatMap { expected[$0 * Self.outputs..<($0 + 1) * Self.outputs] }
    #expect(GradientCheck.largestError(y.array, inOrder) < 1e-5)

    let gradients = FloatBuffer(count: layout.count)
    let slopes = FloatBuffer(order.flatMap { direction[$0 * Self.outputs..<($0 + 1) * Self.outputs] })
    let windowGradients = FloatBuffer(count: count * layer.windowSize)
    layer.backward(
      windows, outputGradients: Matrix(slopes.pointer, rows: count, columns: Self.outputs),
      windowGradients: MutableMatrix(windowGradients.pointer, rows: count, columns: layer.windowSize),
      weights: weights, gradients: gradients.pointer)
    let differences = GradientCheck.centralDifferences(at: parameters.array.doubles) {
      product(reference($0, x.array.doubles), direction.doubles)
    }
    #expect(GradientCheck.relativeError(gradients.array, differences) < 1e-4)
    var inputGradients = [Float](repeating: 0, count: x.count)
    for (row, window) in order.enumerated() {
      for i in 0..<layer.windowSize {
        inputGradients[window * channels + i] += windowGradients.pointer[row * layer.windowSize + i]
      }
    }
    let inputDifferences = GradientCheck.centralDifferences(at: x.array.doubles) {
      product(reference(parameters.array.doubles, $0), direction.doubles)
    }
    #expect(GradientCheck.relativeError(inputGradients, inputDifferences) < 1e-4)
  }

  /// As an embedding and a convolution after it.
  @Test func bytesMatchFloat64() {
    let size = 4
    let bytes: [UInt8] = [7, 0, 255, 7, 1, 0, 7]
    var generator = RandomGenerator(seed: 2)
    var layout = ParameterLayout()
    let layer = ByteConvolution(
      "layer", embeddingSize: size, kernel: Self.kernel, outputChannels: Self.outputs, in: &layout)
    let parameters = FloatBuffer(generator.values(layout.count))
    parameters.pointer.update(repeating: 0, count: size)
    let prepared = FloatBuffer(count: layout.preparedCount)
    layer.prepare(parameters.pointer, into: prepared.pointer)
    let weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    let count = bytes.count - Self.kernel + 1
    let direction = generator.values(count * Self.outputs)
    let reference = { (values: [Double]) in
      convolution(
        bytes.flatMap { byte in
          (0..<size).map { byte == 0 ? 0 : values[Int(byte) * size + $0] }
        }, channels: size,
        weight: Array(values[layer.weight.offset..<layer.bias.offset]), bias: Array(values[layer.bias.offset...]))
    }

    let y = FloatBuffer(count: count * Self.outputs)
    layer.forward(bytes, count: count, into: y.pointer, weights: weights)
    #expect(GradientCheck.largestError(y.array, reference(parameters.array.doubles)) < 1e-5)

    let gradients = FloatBuffer(count: layout.count)
    let table = FloatBuffer(count: layer.tableGradientCount)
    // In two parts, which is how batches add up.
    let slopes = FloatBuffer(direction)
    layer.backward(
      bytes, count: 2, outputGradients: slopes.pointer, gradients: gradients.pointer, tableGradients: table.pointer)
    Array(bytes[2...]).withUnsafeBufferPointer { rest in
      guard let rest = rest.baseAddress else { return }
      layer.backward(
        rest, count: count - 2, outputGradients: slopes.pointer + 2 * Self.outputs, gradients: gradients.pointer,
        tableGradients: table.pointer)
    }
    layer.finishBackward(weights: weights, tableGradients: table.pointer, gradients: gradients.pointer)
    #expect(table.array.allSatisfy { $0 == 0 })
    // The vectors of bytes that do not occur have no gradient; 7, 255 and 1 do.
    let indices = [1, 7, 255].flatMap { $0 * size..<($0 + 1) * size } + Array(layer.weight.offset..<layout.count)
    let differences = GradientCheck.centralDifferences(at: parameters.array.doubles, indices: indices) {
      product(reference($0), direction.doubles)
    }
    #expect(GradientCheck.relativeError(indices.map { gradients.array[$0] }, differences) < 1e-4)
    #expect((0..<size).allSatisfy { gradients.pointer[$0] == 0 })
  }
}
