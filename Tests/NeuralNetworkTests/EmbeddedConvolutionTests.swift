import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct EmbeddedConvolutionTests {
  struct Shape: Sendable {
    let rows, columns, kernel, padding, embedding, outputs: Int
  }

  private static let shapes = [
    Shape(rows: 4, columns: 5, kernel: 3, padding: 1, embedding: 3, outputs: 8),
    Shape(rows: 3, columns: 3, kernel: 3, padding: 0, embedding: 4, outputs: 16),
    Shape(rows: 2, columns: 6, kernel: 2, padding: 0, embedding: 1, outputs: 24),
    Shape(rows: 5, columns: 2, kernel: 5, padding: 2, embedding: 2, outputs: 40),
    Shape(rows: 2, columns: 2, kernel: 1, padding: 0, embedding: 5, outputs: 8),
  ]

  /// The largest shape in use: a whole map with 16 channels in and out.
  private static let map = Shape(rows: 21, columns: 79, kernel: 3, padding: 1, embedding: 16, outputs: 16)

  /// A layer with random parameters and symbols, some of which never occur.
  private struct Problem {
    let layer: EmbeddedConvolution
    let layout: ParameterLayout
    let parameters: FloatBuffer
    let symbols: [Int16]
    let direction: [Float]
    let plain: PlainConvolution

    init(_ shape: Shape, symbolCount: Int, seed: UInt64) {
      var generator = RandomGenerator(seed: seed)
      var layout = ParameterLayout()
      layer = EmbeddedConvolution(
        "map", rows: shape.rows, columns: shape.columns, symbolCount: symbolCount, embeddingSize: shape.embedding,
        kernel: shape.kernel, padding: shape.padding, outputChannels: shape.outputs, in: &layout)
      self.layout = layout
      parameters = FloatBuffer(generator.values(layout.count, scale: 0.5))
      symbols = (0..<shape.rows * shape.columns).map { _ in Int16(generator.below(symbolCount) & ~1) }
      direction = generator.values(layer.outputCount)
      plain = PlainConvolution(
        height: shape.rows, width: shape.columns, channels: shape.embedding, outputs: shape.outputs,
        kernel: shape.kernel, stride: 1, padding: shape.padding)
    }

    func slice(_ slice: ParameterSlice, of values: [Double]) -> [Double] {
      Array(values[slice.offset..<slice.offset + slice.count])
    }

    func embedded(_ values: [Double]) -> [Double] {
      symbols.flatMap { symbol in
        (0..<layer.embeddingSize).map { values[layer.embedding.offset + Int(symbol) * layer.embeddingSize + $0] }
      }
    }

    func reference(_ values: [Double]) -> [Double] {
      plain.forward(
        embedded(values), weight: slice(layer.weight, of: values), bias: slice(layer.bias, of: values))
    }

    /// Forward, `frames` backward passes, and the table's gradients afterwards, without scratch memory.
    func run(frames: Int = 1) -> (y: [Float], gradients: [Float], isClean: Bool) {
      let table = FloatBuffer(count: layout.preparedCount)
      let tableGradients = FloatBuffer(count: layer.tableGradientCount)
      let gradients = FloatBuffer(count: layout.count)
      let y = FloatBuffer(count: layer.outputCount)
      layer.prepare(parameters.pointer, into: table.pointer)
      layer.forward(
        symbols, type: .int16, into: y.pointer,
        weights: Weights(parameters: parameters.pointer, prepared: table.pointer))
      for _ in 0..<frames {
        layer.backward(
          symbols, type: .int16, y: y.pointer, outputGradients: direction, gradients: gradients.pointer,
          tableGradients: tableGradients.pointer)
      }
      layer.finishBackward(
        weights: Weights(parameters: parameters.pointer, prepared: table.pointer),
        tableGradients: tableGradients.pointer, gradients: gradients.pointer)
      let rest = tableGradients.array.prefix(layer.symbolCount * (layer.tapCount * layer.outputChannels + 1))
      return (y.array, gradients.array, rest.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: shapes.indices)
  func smallGridsMatchEmbeddingThenConvolution(index: Int) {
    let problem = Problem(Self.shapes[index], symbolCount: 7, seed: UInt64(index))
    let result = problem.run()
    let values = problem.parameters.array.doubles
    #expect(GradientCheck.largestError(result.y, problem.reference(values)) < 1e-5)
    let expected = GradientCheck.centralDifferences(at: values) { values in
      zip(problem.reference(values), problem.direction.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(GradientCheck.relativeError(result.gradients, expected) < 1e-4)
    #expect(result.isClean)
    let thrice = problem.run(frames: 3)
    #expect(GradientCheck.relativeError(thrice.gradients, result.gradients.doubles.map { 3 * $0 }) < 1e-5)
  }

  @Test func aWholeMapMatchesThePlainConvolutionsGradients() {
    let problem = Problem(Self.map, symbolCount: 5977, seed: 11)
    let layer = problem.layer
    #expect(layer.outputRows == 21 && layer.outputColumns == 79)
    let result = problem.run()
    let values = problem.parameters.array.doubles
    let y = problem.reference(values)
    #expect(GradientCheck.largestError(result.y, y) < 1e-5)
    let expected = problem.plain.backward(
      problem.embedded(values), weight: problem.slice(layer.weight, of: values), y: y,
      outputGradients: problem.direction.doubles)
    var table = [Double](repeating: 0, count: layer.embedding.count)
    for (cell, symbol) in problem.symbols.enumerated() {
      for i in 0..<layer.embeddingSize {
        table[Int(symbol) * layer.embeddingSize + i] += expected.x[cell * layer.embeddingSize + i]
      }
    }
    #expect(GradientCheck.relativeError(result.gradients, table + expected.weight + expected.bias) < 1e-4)
  }

  @Test func symbolsOfEveryIntegerTypeCount() {
    let problem = Problem(Self.shapes[1], symbolCount: 7, seed: 12)
    let layer = problem.layer
    let once = problem.run()
    let prepared = FloatBuffer(count: problem.layout.preparedCount)
    layer.prepare(problem.parameters.pointer, into: prepared.pointer)
    let weights = Weights(parameters: problem.parameters.pointer, prepared: prepared.pointer)
    func check<Symbol: FixedWidthInteger>(_: Symbol.Type, _ type: ScalarType) {
      let symbols = problem.symbols.map { Symbol($0) }
      let y = FloatBuffer(count: layer.outputCount)
      let gradients = FloatBuffer(count: problem.layout.count)
      let tableGradients = FloatBuffer(count: layer.tableGradientCount)
      layer.forward(symbols, type: type, into: y.pointer, weights: weights)
      layer.backward(
        symbols, type: type, y: y.pointer, outputGradients: problem.direction, gradients: gradients.pointer,
        tableGradients: tableGradients.pointer)
      layer.finishBackward(
        weights: weights, tableGradients: tableGradients.pointer, gradients: gradients.pointer)
      #expect(y.array == once.y && gradients.array == once.gradients, "\(type)")
    }
    check(UInt8.self, .uint8)
    check(Int8.self, .int8)
    check(Int32.self, .int32)
    check(Int64.self, .int64)
  }
}
