import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct GradientProductTests {
  @Test(arguments: [
    (1, 1, 1), (3, 9, 7), (5, 16, 16), (70, 13, 33), (256, 8, 48), (300, 21, 28), (257, 7, 32), (20, 5, 90),
  ])
  func sumsMatchFloat64(rows: Int, inputs: Int, outputs: Int) {
    var generator = RandomGenerator(seed: UInt64(rows + outputs))
    // Rows of x, dY and dW lie further apart than they are long; what lies between is somebody else's.
    let x = FloatBuffer(generator.values(rows * (inputs + 2)))
    let y = FloatBuffer(generator.values(rows * (outputs + 3)))
    let start = generator.values(inputs * (outputs + 1))
    let gradients = FloatBuffer(start)
    GradientProduct.add(
      Matrix(x.pointer, rows: rows, columns: inputs, stride: inputs + 2),
      outputGradients: Matrix(y.pointer, rows: rows, columns: outputs, stride: outputs + 3),
      to: MutableMatrix(gradients.pointer, rows: inputs, columns: outputs, stride: outputs + 1))
    var expected = start.doubles
    for row in 0..<rows {
      for input in 0..<inputs {
        for output in 0..<outputs {
          expected[input * (outputs + 1) + output] +=
            Double(x.pointer[row * (inputs + 2) + input]) * Double(y.pointer[row * (outputs + 3) + output])
        }
      }
    }
    #expect(GradientCheck.largestError(gradients.array, expected) < 2e-5)
    for input in 0..<inputs {
      let between = input * (outputs + 1) + outputs
      #expect(gradients.pointer[between] == start[between])
    }
  }
}
