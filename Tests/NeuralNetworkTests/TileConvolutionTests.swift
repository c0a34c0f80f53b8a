import Runtime
import Tensor
import TestSupport
import Testing

@testable import NeuralNetwork

@Suite struct TileConvolutionTests {
  /// ONI's shape: 12 x 12 tiles of 6 x 6 pixels, kernel 8, stride 4, 32 channels.
  private static let oni = MosaicProblem(
    rows: 12, columns: 12, side: 6, masks: 20, colours: 16, kernel: 8, stride: 4, outputs: 32, seed: 1)

  private static let small = [
    MosaicProblem(rows: 2, columns: 3, side: 3, masks: 2, colours: 2, kernel: 4, stride: 2, outputs: 8, seed: 2),
    MosaicProblem(rows: 3, columns: 2, side: 2, masks: 3, colours: 1, kernel: 3, stride: 1, outputs: 8, seed: 3),
    MosaicProblem(rows: 2, columns: 2, side: 4, masks: 1, colours: 3, kernel: 2, stride: 3, outputs: 24, seed: 4),
    MosaicProblem(rows: 3, columns: 3, side: 2, masks: 2, colours: 2, kernel: 5, stride: 1, outputs: 16, seed: 5),
    MosaicProblem(rows: 1, columns: 4, side: 8, masks: 2, colours: 2, kernel: 8, stride: 8, outputs: 40, seed: 6),
  ]

  @Test func onisFirstConvolutionIsAsDrawn() {
    let problem = Self.oni
    let layer = problem.layer
    #expect(layer.outputRows == 17 && layer.outputColumns == 17 && layer.geometry.tapCount == 36)
    #expect(layer.geometry.entries.count == 289 * 4 && layer.multiplyAdds == 289 * 4 * 32)
    #expect(layer.weight.count + layer.bias.count == 6176)
    var generator = RandomGenerator(seed: 7)
    let direction = generator.values(layer.outputCount)
    let result = problem.run(outputGradients: direction)
    let values = problem.parameters.array.doubles
    let y = problem.reference(values)
    #expect(GradientCheck.largestError(result.y, y) < 1e-5)
    let expected = problem.plain.backward(
      problem.picture, weight: problem.weight(in: values), y: y, outputGradients: direction.doubles)
    #expect(GradientCheck.relativeError(result.gradients, expected.weight + expected.bias) < 1e-5)
  }

  @Test(arguments: small.indices)
  func smallMosaicsMatchThePictureAndCentralDifferences(index: Int) {
    let problem = Self.small[index]
    var generator = RandomGenerator(seed: 8)
    let direction = generator.values(problem.layer.outputCount)
    let result = problem.run(outputGradients: direction)
    let values = problem.parameters.array.doubles
    #expect(GradientCheck.largestError(result.y, problem.reference(values)) < 1e-5)
    let expected = GradientCheck.centralDifferences(at: values) { values in
      zip(problem.reference(values), direction.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(GradientCheck.relativeError(result.gradients, expected) < 1e-4)
  }

  @Test func gradientsOfFramesAddUpAndTheirMemoryIsLeftEmpty() {
    let problem = Self.small[0]
    var generator = RandomGenerator(seed: 9)
    let direction = generator.values(problem.layer.outputCount)
    let once = problem.run(outputGradients: direction)
    let thrice = problem.run(outputGradients: direction, frames: 3)
    #expect(GradientCheck.relativeError(thrice.gradients, once.gradients.doubles.map { 3 * $0 }) < 1e-5)
    #expect(thrice.tableGradients.allSatisfy { $0 == 0 })
  }

  @Test func symbolsOutsideTheTableCountAsTheLast() {
    let problem = Self.small[1]
    let layer = problem.layer
    let table = FloatBuffer(count: problem.layout.preparedCount)
    layer.prepare(problem.parameters.pointer, into: table.pointer)
    func output(_ symbol: Int16) -> [Float] {
      let y = FloatBuffer(count: layer.outputCount)
      layer.forward(
        [Int16](repeating: symbol, count: 6), type: .int16, into: y.pointer,
        weights: Weights(parameters: problem.parameters.pointer, prepared: table.pointer))
      return y.array
    }
    let last = output(Int16(layer.mosaic.symbolCount - 1))
    #expect(output(-1) == last && output(.max) == last && output(.min) == last)
    #expect(output(0) != last)
  }

  @Test func initialWeightsAreOrthogonal() {
    let problem = Self.oni
    let parameters = FloatBuffer(count: problem.layout.count)
    var generator = RandomGenerator(seed: 10)
    problem.layout.initialise(parameters.pointer, generator: &generator)
    let weight: Matrix = problem.layer.weight.matrix(in: UnsafePointer(parameters.pointer))
    let product = FloatBuffer(count: 32 * 32)
    BLAS.multiply(weight.transposed, weight, into: MutableMatrix(product.pointer, rows: 32, columns: 32))
    #expect(GradientCheck.largestError(product.array, (0..<1024).map { $0 / 32 == $0 % 32 ? 1 : 0 }) < 1e-5)
  }
}
