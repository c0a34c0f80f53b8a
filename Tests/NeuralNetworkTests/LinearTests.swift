import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct LinearTests {
  let rows = 5
  let inputs = 11
  let outputs = 9

  @Test(arguments: [Activation.none, .elu, .relu])
  func forwardAndGradientsMatchFloat64(activation: Activation) {
    var generator = RandomGenerator(seed: 1)
    var layout = ParameterLayout()
    let layer = Linear(
      "layer", inputs: inputs, outputs: outputs, activation: activation, in: &layout)
    let parameters = FloatBuffer(generator.values(layout.count))
    let prepared = FloatBuffer(count: layout.preparedCount)
    layer.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    let weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    let x = FloatBuffer(generator.values(rows * inputs))
    let direction = generator.values(rows * outputs)
    let reference = { (values: [Double], x: [Double]) -> [Double] in
      let y = ReferenceLayers.linear(
        x, rows: rows, weight: Array(values[..<(inputs * outputs)]), bias: Array(values[(inputs * outputs)...]))
      switch activation {
      case .none: return y
      case .elu: return y.map(ReferenceLayers.elu)
      case .relu: return y.map { max($0, 0) }
      }
    }
    let loss = { (values: [Double], x: [Double]) in
      zip(reference(values, x), direction.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }

    let y = FloatBuffer(count: rows * outputs)
    let input = Matrix(x.pointer, rows: rows, columns: inputs)
    let output = MutableMatrix(y.pointer, rows: rows, columns: outputs)
    let memory = FloatBuffer(count: layer.scratchCount(maximumRows: rows))
    layer.forward(input, into: output, weights: weights, scratch: memory.pointer)
    #expect(GradientCheck.largestError(y.array, reference(parameters.array.doubles, x.array.doubles)) < 1e-5)

    let outputGradients = FloatBuffer(direction)
    let scratch = MutableMatrix(outputGradients.pointer, rows: rows, columns: outputs)
    let gradients = FloatBuffer(count: layout.count)
    let inputGradients = FloatBuffer(count: rows * inputs)
    layer.backward(
      input, output.view, outputGradients: scratch,
      inputGradients: MutableMatrix(inputGradients.pointer, rows: rows, columns: inputs), weights: weights,
      gradients: gradients.pointer, scratch: memory.pointer)
    let expected = GradientCheck.centralDifferences(at: parameters.array.doubles) { loss($0, x.array.doubles) }
    #expect(GradientCheck.relativeError(gradients.array, expected) < 1e-4)
    let expectedInput = GradientCheck.centralDifferences(at: x.array.doubles) { loss(parameters.array.doubles, $0) }
    #expect(GradientCheck.relativeError(inputGradients.array, expectedInput) < 1e-4)
  }

  @Test func gradientsAreAdded() {
    var generator = RandomGenerator(seed: 2)
    var layout = ParameterLayout()
    let layer = Linear("layer", inputs: 3, outputs: 2, in: &layout)
    let parameters = FloatBuffer(generator.values(layout.count))
    let prepared = FloatBuffer(count: layout.preparedCount)
    layer.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    let weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    let x = FloatBuffer(generator.values(6))
    let dy = FloatBuffer(generator.values(4))
    let gradients = FloatBuffer(count: layout.count)
    let run = {
      layer.backward(
        Matrix(x.pointer, rows: 2, columns: 3), sumGradients: Matrix(dy.pointer, rows: 2, columns: 2),
        inputGradients: nil, weights: weights, gradients: gradients.pointer)
    }
    run()
    let once = gradients.array
    run()
    #expect(GradientCheck.largestError(gradients.array, once.doubles.map { 2 * $0 }) < 1e-6)
    #expect(once.contains { abs($0) > 0.01 })
  }

  /// The last two are large enough for Householder reflections.
  @Test(arguments: [(12, 5), (5, 12), (7, 7), (700, 402), (402, 700)])
  func initialWeightsAreOrthogonal(inputs: Int, outputs: Int) {
    var layout = ParameterLayout()
    let layer = Linear("layer", inputs: inputs, outputs: outputs, initial: .orthogonal(gain: 2), in: &layout)
    let parameters = FloatBuffer(count: layout.count)
    var generator = RandomGenerator(seed: 3)
    layout.initialise(parameters.pointer, generator: &generator)
    let weight: Matrix = layer.weight.matrix(in: UnsafePointer(parameters.pointer))
    // Products of the short side's vectors: 4 on the diagonal (gain squared), 0 elsewhere.
    let isTall = inputs >= outputs
    let size = min(inputs, outputs)
    let product = FloatBuffer(count: size * size)
    BLAS.multiply(
      isTall ? weight.transposed : weight, isTall ? weight : weight.transposed,
      into: MutableMatrix(product.pointer, rows: size, columns: size))
    let identity = (0..<size * size).map { $0 / size == $0 % size ? 4.0 : 0.0 }
    #expect(GradientCheck.largestError(product.array, identity) < 1e-5)
    #expect(parameters.array[layer.bias.offset...].allSatisfy { $0 == 0 })
  }
}
