import NeuralNetwork
import Runtime
import Tensor

extension Kernel {
  /// Loops over floats, compared with straightforward loops that call libm.
  static var elementwise: [Kernel] { [exponential, elu, logSoftmax, adam, sumOfSquares] }

  private static let count = 1 << 14

  private static var exponential: Kernel {
    let (x, y) = (FloatBuffer.random(count), FloatBuffer(count: count))
    return Kernel("exp", .elements(count), against: "libm") {
      Elementwise.exponential(x.pointer, into: y.pointer, count: count)
    } yardstick: {
      PlainLoops.exponential(x.pointer, into: y.pointer, count: count)
    }
  }

  /// In place. Repeated application converges to a fixed point, at the same cost.
  private static var elu: Kernel {
    let (x, z) = (FloatBuffer.random(count), FloatBuffer.random(count))
    return Kernel("ELU", .elements(count), against: "libm") {
      Rows.elu(x.mutable(1, count))
    } yardstick: {
      PlainLoops.elu(z.pointer, count: count)
    }
  }

  private static var logSoftmax: Kernel {
    let (rows, actions) = (512, 28)
    let (x, y) = (FloatBuffer.random(rows * actions), FloatBuffer(count: rows * actions))
    return Kernel("log-softmax of \(actions)", .elements(rows * actions), against: "libm") {
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
    return Kernel("Adam with clipping", .elements(count), against: "plain loop") {
      _ = optimiser.update(ours, gradients: gradients, learningRate: 1e-4, maximumGradientNorm: 4)
    } yardstick: {
      PlainLoops.adam(
        theirs.pointer, gradients: gradients.pointer, first: first.pointer, second: second.pointer, count: count)
    }
  }

  private static var sumOfSquares: Kernel {
    let x = FloatBuffer.random(count)
    let sink = FloatBuffer(count: 1)
    return Kernel("sum of squares", .elements(count), against: "plain loop") {
      sink.pointer[0] = Float(Elementwise.sumOfSquares(x.pointer, count: count))
    } yardstick: {
      sink.pointer[0] = PlainLoops.sumOfSquares(x.pointer, count: count)
    }
  }
}

extension Kernel {
  /// Rows of tables, read and added to by index, compared with loops over single floats.
  static var embeddings: [Kernel] { [16, 64].flatMap(rows) }

  private static func rows(width: Int) -> [Kernel] {
    let (tableRows, count) = (5_976, 4_096)
    let table = FloatBuffer.random(tableRows * width)
    let vectors = FloatBuffer.random(count * width)
    let indices = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    let keeper = IndexKeeper(indices)
    var generator = RandomGenerator(seed: 2)
    for i in 0..<count { indices[i] = Int32(generator.below(tableRows)) }
    return [
      Kernel("gather of \(width) floats a row", .elements(count * width), against: "plain loop") {
        withExtendedLifetime(keeper) {
          Rows.gather(table.pointer, width: width, indices: indices, count: count, into: vectors.pointer)
        }
      } yardstick: {
        PlainLoops.gather(table.pointer, width: width, indices: indices, count: count, into: vectors.pointer)
      },
      Kernel("scatter-add of \(width) floats a row", .elements(count * width), against: "plain loop") {
        withExtendedLifetime(keeper) {
          Rows.scatterAdd(vectors.pointer, width: width, indices: indices, count: count, to: table.pointer)
        }
      } yardstick: {
        PlainLoops.scatterAdd(vectors.pointer, width: width, indices: indices, count: count, to: table.pointer)
      },
    ]
  }

  /// Frees the indices when the last kernel that reads them is released.
  private final class IndexKeeper {
    private let indices: UnsafeMutablePointer<Int32>
    init(_ indices: UnsafeMutablePointer<Int32>) { self.indices = indices }
    deinit { indices.deallocate() }
  }
}
