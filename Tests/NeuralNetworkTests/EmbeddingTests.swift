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

@Suite struct TextEmbeddingTests {
  private func rows(_ text: [UInt8]) -> [Int] {
    var rows = [UInt16](repeating: .max, count: TextEmbedding.maximumRows(byteCount: text.count) + 1)
    let count = TextEmbedding.hash(text, capacity: text.count, into: &rows)
    #expect(rows.last == .max, "wrote past the documented maximum")
    return rows[..<count].map(Int.init)
  }

  @Test(arguments: [
    "You see here a scroll labeled ELAM EBOW.", "  The newt bites!  ", "Hello", "a b c d", "-", "", "x",
    "a a a a a a a a",
  ])
  func rowsAreThoseOfWordsAndPairs(text: String) {
    let expected = ReferenceLayers.textRows(text, tableRows: TextEmbedding.tableRows)
    #expect(rows(Array(text.utf8)).sorted() == expected.sorted())
  }

  @Test func caseAndPunctuationDoNotMatterButOrderDoes() {
    #expect(rows(Array("You kill the newt!".utf8)) == rows(Array("you KILL, the newt".utf8)))
    #expect(rows(Array("newt kills you".utf8)) != rows(Array("you kills newt".utf8)))
  }

  @Test func aTextEndsAtItsFirstZero() {
    #expect(rows(Array("one two\0three four".utf8)) == rows(Array("one two".utf8)))
    #expect(rows([0, 65, 66]) == [])
  }

  @Test func bytesAbove127AreLetters() {
    #expect(rows([0xC3, 0xA9, 32, 0xC3, 0xA9]).count == 3)
  }

  @Test func meanAndGradientMatchFloat64() {
    var generator = RandomGenerator(seed: 9)
    var layout = ParameterLayout()
    let size = 10
    let embedding = TextEmbedding("message", size: size, in: &layout)
    let table = FloatBuffer(generator.values(layout.count))
    let text = Array("the newt bites the cat".utf8)
    let named = ReferenceLayers.textRows("the newt bites the cat", tableRows: TextEmbedding.tableRows)
    var hashed = [UInt16](repeating: 0, count: text.count)
    let count = TextEmbedding.hash(text, capacity: text.count, into: &hashed)

    let y = FloatBuffer(count: size)
    embedding.forward(hashed, count: count, into: y.pointer, parameters: table.pointer)
    let mean = (0..<size).map { column in
      named.reduce(0) { $0 + Double(table.pointer[$1 * size + column]) } / Double(named.count)
    }
    #expect(GradientCheck.largestError(y.array, mean) < 1e-6)

    // The mean is linear in the table: the gradient of a row is its share of the mean, counted as often as it occurs.
    let direction = generator.values(size)
    let gradients = FloatBuffer(count: layout.count)
    let scratch = FloatBuffer(direction)
    embedding.backward(hashed, count: count, outputGradients: scratch.pointer, gradients: gradients.pointer)
    var expected = [Double](repeating: 0, count: layout.count)
    for row in named {
      for column in 0..<size { expected[row * size + column] += Double(direction[column]) / Double(named.count) }
    }
    #expect(GradientCheck.relativeError(gradients.array, expected) < 1e-5)
  }

  @Test func aTextWithoutWordsIsZeroAndTrainsNothing() {
    var layout = ParameterLayout()
    let embedding = TextEmbedding("message", size: 4, in: &layout)
    let table = FloatBuffer(count: layout.count)
    table.fill(1)
    let y = FloatBuffer([9, 9, 9, 9])
    embedding.forward([0], count: 0, into: y.pointer, parameters: table.pointer)
    #expect(y.array == [0, 0, 0, 0])
    let gradients = FloatBuffer(count: layout.count)
    embedding.backward([0], count: 0, outputGradients: y.pointer, gradients: gradients.pointer)
    #expect(gradients.array.allSatisfy { $0 == 0 })
  }
}
