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

/// A `TileConvolution` with random tiles and symbols, and the same as a picture and a plain convolution.
struct MosaicProblem {
  let layer: TileConvolution
  let layout: ParameterLayout
  let parameters: FloatBuffer
  /// [rows, columns], every third cell black.
  let symbols: [Int16]
  let plain: PlainConvolution

  init(
    rows: Int, columns: Int, side: Int, masks: Int, colours: Int, kernel: Int, stride: Int, outputs: Int, seed: UInt64
  ) {
    var generator = RandomGenerator(seed: seed)
    let mosaic = Mosaic(
      rows: rows, columns: columns, side: side, masks: (0..<masks).map { _ in generator.next() & generator.next() },
      colours: (0..<colours).map { _ in SIMD3(generator.uniform(), generator.uniform(), generator.uniform()) })
    var layout = ParameterLayout()
    layer = TileConvolution(
      "tiles", mosaic: mosaic, kernel: kernel, stride: stride, outputChannels: outputs, in: &layout)
    self.layout = layout
    parameters = FloatBuffer(generator.values(layout.count, scale: 0.5))
    symbols = (0..<rows * columns).map { $0 % 3 == 0 ? 0 : Int16(generator.below(mosaic.symbolCount)) }
    plain = PlainConvolution(
      height: rows * side, width: columns * side, channels: 3, outputs: outputs, kernel: kernel, stride: stride,
      padding: 0)
  }

  /// Pixels [rows * side, columns * side, 3].
  var picture: [Double] {
    let mosaic = layer.mosaic
    return (0..<plain.height).flatMap { y in
      (0..<plain.width).flatMap { x -> [Double] in
        let symbol = Int(symbols[y / mosaic.side * mosaic.columns + x / mosaic.side]) - 1
        guard symbol >= 0 else { return [0, 0, 0] }
        let (mask, colour) = symbol.quotientAndRemainder(dividingBy: mosaic.colours.count)
        guard mosaic.isPainted(mask: mask, x: x % mosaic.side, y: y % mosaic.side) else { return [0, 0, 0] }
        return (0..<3).map { Double(mosaic.colours[colour][$0]) }
      }
    }
  }

  func weight(in values: [Double]) -> [Double] {
    Array(values[layer.weight.offset..<layer.weight.offset + layer.weight.count])
  }

  func bias(in values: [Double]) -> [Double] {
    Array(values[layer.bias.offset..<layer.bias.offset + layer.bias.count])
  }

  /// What the plain convolution makes of the picture with these parameters.
  func reference(_ values: [Double]) -> [Double] {
    plain.forward(picture, weight: weight(in: values), bias: bias(in: values))
  }

  /// Forward and backward of `frames` equal frames: the output of one, and the gradients of all.
  func run(outputGradients: [Float], frames: Int = 1) -> (y: [Float], gradients: [Float], tableGradients: [Float]) {
    let table = FloatBuffer(count: layout.preparedCount)
    let tableGradients = FloatBuffer(count: layer.tableGradientCount)
    let gradients = FloatBuffer(count: layout.count)
    let y = FloatBuffer(count: layer.outputCount)
    layer.prepare(parameters.pointer, into: table.pointer)
    let weights = Weights(parameters: parameters.pointer, prepared: table.pointer)
    layer.forward(symbols, type: .int16, into: y.pointer, weights: weights)
    for _ in 0..<frames {
      layer.backward(
        symbols, type: .int16, y: y.pointer, outputGradients: outputGradients, gradients: gradients.pointer,
        tableGradients: tableGradients.pointer)
    }
    layer.finishBackward(weights: weights, tableGradients: tableGradients.pointer, gradients: gradients.pointer)
    return (y.array, gradients.array, tableGradients.array)
  }
}
