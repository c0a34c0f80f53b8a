import NeuralNetwork
import Tensor

extension Kernel {
  /// Loops over floats, beside the loops one would write first, with libm's functions.
  static var elementwise: [Kernel] { [exponential, elu, logSoftmax, adam, sumOfSquares] }

  private static let count = 1 << 14

  private static var exponential: Kernel {
    let (x, y) = (FloatBuffer.random(count), FloatBuffer(count: count))
    return Kernel("exp", .elements(count), beside: "libm") {
      Elementwise.exponential(x.pointer, into: y.pointer, count: count)
    } yardstick: {
      PlainLoops.exponential(x.pointer, into: y.pointer, count: count)
    }
  }

  /// In place; elu of elu of x tends to a fixed point, which costs the same.
  private static var elu: Kernel {
    let (x, z) = (FloatBuffer.random(count), FloatBuffer.random(count))
    return Kernel("ELU", .elements(count), beside: "libm") {
      Rows.elu(x.mutable(1, count))
    } yardstick: {
      PlainLoops.elu(z.pointer, count: count)
    }
  }

  private static var logSoftmax: Kernel {
    let (rows, actions) = (512, 28)
    let (x, y) = (FloatBuffer.random(rows * actions), FloatBuffer(count: rows * actions))
    return Kernel("log-softmax of \(actions)", .elements(rows * actions), beside: "libm") {
      for row in 0..<rows {
        Rows.logSoftmax(x.pointer + row * actions, into: y.pointer + row * actions, count: actions)
      }
    } yardstick: {
      for row in 0..<rows {
        PlainLoops.logSoftmax(x.pointer + row * actions, into: y.pointer + row * actions, count: actions)
      }
    }
  }

  private static var adam: Kernel {
    let gradients = FloatBuffer.random(count)
    let (ours, theirs) = (FloatBuffer.random(count), FloatBuffer.random(count))
    let optimiser = Adam(parameterCount: count, options: AdamOptions(beta1: 0.9, beta2: 0.999, epsilon: 1e-6))
    let (first, second) = (FloatBuffer(count: count), FloatBuffer(count: count))
    return Kernel("Adam with clipping", .elements(count), beside: "plain loop") {
      _ = optimiser.update(ours, gradients: gradients, learningRate: 1e-4, maximumGradientNorm: 4)
    } yardstick: {
      PlainLoops.adam(
        theirs.pointer, gradients: gradients.pointer, first: first.pointer, second: second.pointer, count: count)
    }
  }

  private static var sumOfSquares: Kernel {
    let x = FloatBuffer.random(count)
    let sink = FloatBuffer(count: 1)
    return Kernel("sum of squares", .elements(count), beside: "plain loop") {
      sink.pointer[0] = Float(Elementwise.sumOfSquares(x.pointer, count: count))
    } yardstick: {
      sink.pointer[0] = PlainLoops.sumOfSquares(x.pointer, count: count)
    }
  }
}
