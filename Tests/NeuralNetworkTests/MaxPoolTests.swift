import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct MaxPoolTests {
  @Test(arguments: [(4, 6, 3, 2), (7, 5, 17, 2), (9, 9, 20, 3), (3, 3, 1, 1)])
  func forwardAndGradientsMatchPlainLoops(height: Int, width: Int, channels: Int, window: Int) {
    let rows = 2
    var generator = RandomGenerator(seed: 8)
    let layer = MaxPool(height: height, width: width, channels: channels, window: window)
    // Few different values, so that windows with two largest ones occur.
    let x = FloatBuffer((0..<rows * layer.inputSize).map { _ in Float(generator.below(9)) - 4 })
    let direction = generator.values(rows * layer.outputSize)
    var expected = [Double](repeating: -.infinity, count: rows * layer.outputSize)
    var winners = [Int](repeating: -1, count: expected.count)
    for index in 0..<x.count {
      let (row, place) = index.quotientAndRemainder(dividingBy: layer.inputSize)
      let (line, rest) = place.quotientAndRemainder(dividingBy: width * channels)
      let (column, channel) = rest.quotientAndRemainder(dividingBy: channels)
      guard line / window < height / window, column / window < width / window else { continue }
      let output =
        ((row * (height / window) + line / window) * (width / window) + column / window) * channels + channel
      if Double(x.pointer[index]) > expected[output] {
        (expected[output], winners[output]) = (Double(x.pointer[index]), index)
      }
    }
    var expectedGradients = [Double](repeating: 0, count: x.count)
    for (output, winner) in winners.enumerated() { expectedGradients[winner] = Double(direction[output]) }

    let empty = FloatBuffer(count: 0)
    let weights = Weights(parameters: empty.pointer, prepared: empty.pointer)
    let y = FloatBuffer(count: expected.count)
    let input = Matrix(x.pointer, rows: rows, columns: layer.inputSize)
    let output = MutableMatrix(y.pointer, rows: rows, columns: layer.outputSize)
    layer.forward(input, into: output, weights: weights, scratch: empty.pointer)
    #expect(y.array.doubles == expected)
    let outputGradients = FloatBuffer(direction)
    let inputGradients = FloatBuffer([Float](repeating: .nan, count: x.count))
    layer.backward(
      input, output.view,
      outputGradients: MutableMatrix(outputGradients.pointer, rows: rows, columns: layer.outputSize),
      inputGradients: MutableMatrix(inputGradients.pointer, rows: rows, columns: layer.inputSize), weights: weights,
      gradients: empty.pointer, scratch: empty.pointer)
    #expect(inputGradients.array.doubles == expectedGradients)
  }
}
