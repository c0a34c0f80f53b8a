import Runtime
import Tensor
import TestSupport

@testable import NeuralNetwork

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
