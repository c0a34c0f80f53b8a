import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct EmbeddingTests {
  @Test func rowsAreLookedUpForEveryIntegerType() {
    var layout = ParameterLayout()
    let embedding = Embedding("glyph", cardinality: 4, size: 3, in: &layout)
    let parameters = FloatBuffer((0..<12).map(Float.init))
    let expected: [Float] = [3, 4, 5, 0, 1, 2, 9, 10, 11]
    func check<Index: FixedWidthInteger>(_ indices: [Index], _ type: ScalarType) {
      let y = FloatBuffer(count: 9)
      embedding.forward(indices, type: type, count: 3, into: y.pointer, parameters: parameters.pointer)
      #expect(y.array == expected, "\(type)")
    }
    check([1, 0, 3] as [UInt8], .uint8)
    check([1, 0, 3] as [Int8], .int8)
    check([1, 0, 3] as [Int16], .int16)
    check([1, 0, 3] as [Int32], .int32)
    check([1, 0, 3] as [Int64], .int64)
  }

  @Test func indicesOutOfRangeReadAndTrainTheLastRow() {
    var layout = ParameterLayout()
    let embedding = Embedding("glyph", cardinality: 3, size: 2, in: &layout)
    let parameters = FloatBuffer([0, 1, 2, 3, 4, 5])
    let indices: [Int32] = [-1, 3, .max, .min]
    let y = FloatBuffer(count: 8)
    embedding.forward(indices, type: .int32, count: 4, into: y.pointer, parameters: parameters.pointer)
    #expect(y.array == [4, 5, 4, 5, 4, 5, 4, 5])
    let gradients = FloatBuffer(count: 6)
    let ones = FloatBuffer([Float](repeating: 1, count: 8))
    embedding.backward(
      indices, type: .int32, count: 4, outputGradients: ones.pointer, gradients: gradients.pointer)
    #expect(gradients.array == [0, 0, 0, 0, 4, 4])
  }

  @Test func gradientMatchesCentralDifferences() {
    var generator = RandomGenerator(seed: 8)
    var layout = ParameterLayout()
    let embedding = Embedding("glyph", cardinality: 6, size: 9, in: &layout)
    let parameters = generator.values(layout.count)
    let indices: [Int16] = [5, 1, 5, 0, 2]
    let direction = generator.values(45)
    let expected = GradientCheck.centralDifferences(at: parameters.doubles) { values in
      var sum = 0.0
      for (position, index) in indices.enumerated() {
        for i in 0..<9 { sum += values[Int(index) * 9 + i] * Double(direction[position * 9 + i]) }
      }
      return sum
    }
    let gradients = FloatBuffer(count: layout.count)
    embedding.backward(
      indices, type: .int16, count: 5, outputGradients: direction, gradients: gradients.pointer)
    #expect(GradientCheck.relativeError(gradients.array, expected) < 1e-4)
  }
}
