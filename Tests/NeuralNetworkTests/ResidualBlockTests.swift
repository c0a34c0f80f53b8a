import Foundation
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct ResidualBlockTests {
  private static let (height, width, channels, rows) = (5, 4, 3, 2)

  /// A convolution of kernel 3 with ELU in plain loops, in double precision.
  private static func convolved(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    var y = [Double](repeating: 0, count: x.count)
    for row in 0..<rows {
      for (line, column, output) in places {
        var sum = bias[output]
        for dy in -1...1 {
          for dx in -1...1 where (0..<height).contains(line + dy) && (0..<width).contains(column + dx) {
            for input in 0..<channels {
              let tap = ((dy + 1) * 3 + dx + 1) * channels + input
              sum += x[index(row, line + dy, column + dx, input)] * weight[tap * channels + output]
            }
          }
        }
        y[index(row, line, column, output)] = sum > 0 ? sum : expm1(sum)
      }
    }
    return y
  }

  private static let places = (0..<height * width * channels).map {
    ($0 / (width * channels), $0 / channels % width, $0 % channels)
  }

  private static func index(_ row: Int, _ line: Int, _ column: Int, _ channel: Int) -> Int {
    ((row * height + line) * width + column) * channels + channel
  }

  @Test func forwardAndGradientsMatchPlainLoops() {
    var layout = ParameterLayout()
    let block = ResidualBlock(
      "block", height: Self.height, width: Self.width, channels: Self.channels, in: &layout)
    var generator = RandomGenerator(seed: 11)
    let parameters = FloatBuffer(generator.values(layout.count))
    let x = FloatBuffer(generator.values(Self.rows * block.inputSize))
    let direction = generator.values(x.count)

    /// The block's output times the direction, in plain loops.
    func value(_ parameters: [Double], _ x: [Double]) -> (outputs: [Double], sum: Double) {
      func part(_ slice: ParameterSlice) -> [Double] { Array(parameters[slice.offset..<slice.offset + slice.count]) }
      let inner = Self.convolved(x, part(block.first.weight), part(block.first.bias))
      let outer = Self.convolved(inner, part(block.second.weight), part(block.second.bias))
      let outputs = zip(x, outer).map { $0 + $1 }
      return (outputs, zip(outputs, direction).reduce(0) { $0 + $1.0 * Double($1.1) })
    }

    let prepared = FloatBuffer(count: layout.preparedCount)
    block.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    let weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    let outputGradients = FloatBuffer(direction)
    let scratch = FloatBuffer(count: block.scratchCount(maximumRows: Self.rows))
    let (y, slopes) = (FloatBuffer(count: x.count), FloatBuffer(count: x.count))
    let gradients = FloatBuffer(count: layout.count)
    func matrix(_ buffer: FloatBuffer) -> MutableMatrix {
      MutableMatrix(buffer.pointer, rows: Self.rows, columns: block.inputSize)
    }
    block.forward(matrix(x).view, into: matrix(y), weights: weights, scratch: scratch.pointer)
    let expected = value(parameters.array.doubles, x.array.doubles).outputs
    #expect(zip(y.array.doubles, expected).allSatisfy { abs($0 - $1) < 1e-4 })

    block.backward(
      matrix(x).view, matrix(y).view, outputGradients: matrix(outputGradients), inputGradients: matrix(slopes),
      weights: weights, gradients: gradients.pointer, scratch: scratch.pointer)
    withExtendedLifetime((prepared, scratch)) {}
    let step = 1e-5
    for index in 0..<layout.count {
      var (above, below) = (parameters.array.doubles, parameters.array.doubles)
      above[index] += step
      below[index] -= step
      let slope = (value(above, x.array.doubles).sum - value(below, x.array.doubles).sum) / (2 * step)
      #expect(abs(Double(gradients.pointer[index]) - slope) < 1e-3 * max(1, abs(slope)), "parameter \(index)")
    }
    for index in 0..<x.count {
      var (above, below) = (x.array.doubles, x.array.doubles)
      above[index] += step
      below[index] -= step
      let slope = (value(parameters.array.doubles, above).sum - value(parameters.array.doubles, below).sum) / (2 * step)
      #expect(abs(Double(slopes.pointer[index]) - slope) < 1e-3 * max(1, abs(slope)), "input \(index)")
    }
  }
}
