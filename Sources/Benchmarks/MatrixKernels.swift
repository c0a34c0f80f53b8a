import NeuralNetwork
import Runtime
import Tensor

extension Kernel {
  /// Matrix products with the shapes of the networks: by OpenBLAS, with packed weights, and for weight gradients.
  static var products: [Kernel] {
    [
      blas(1024, 1024, 1024),
      // Layers of ONI's network at the batch sizes of inference and of training.
      blas(1, 795, 1536), blas(16, 795, 1536), blas(32, 512, 1536), blas(64, 795, 1536), blas(1024, 795, 1536),
      blas(1024, 1152, 512), blas(1024, 128, 28),
      // Gradients of the weights and of the input of a layer.
      blas(795, 1024, 1536, transposeA: true), blas(1024, 1536, 795, transposeB: true),
      packed(1, 795, 1536), packed(4, 795, 1536), packed(16, 795, 1536), packed(64, 795, 1536),
      packed(1024, 795, 1536), packed(16, 512, 1536), packed(1024, 1152, 512), packed(1024, 128, 28),
      weightGradient(1024, 795, 1536), weightGradient(1024, 1152, 512),
    ]
  }

  /// y [m, n] = x [m, k] W [k, n] with W packed in advance, as layers do once for each version of the parameters.
  private static func packed(_ m: Int, _ k: Int, _ n: Int) -> Kernel {
    let (x, w, y) = (FloatBuffer.random(m * k), FloatBuffer.random(k * n), FloatBuffer(count: m * n))
    let storage = FloatBuffer(count: PackedWeights.floatCount(inputs: k, outputs: n))
    PackedWeights.pack(w.matrix(k, n), into: storage.pointer)
    return Kernel("packed product \(m)x\(k)x\(n)", .operations(2 * m * k * n), against: "OpenBLAS") {
      let weights = PackedWeights(storage.pointer, inputs: k, outputs: n)
      PackedProduct.multiply(x.matrix(m, k), weights, into: y.mutable(m, n))
    } yardstick: {
      BLAS.multiply(x.matrix(m, k), w.matrix(k, n), into: y.mutable(m, n))
    }
  }

  /// dW [k, n] += x [m, k]^T dY [m, n].
  private static func weightGradient(_ m: Int, _ k: Int, _ n: Int) -> Kernel {
    let (x, gradients, w) = (FloatBuffer.random(m * k), FloatBuffer.random(m * n), FloatBuffer(count: k * n))
    return Kernel("weight gradient \(m)x\(k)x\(n)", .operations(2 * m * k * n), against: "OpenBLAS") {
      GradientProduct.add(x.matrix(m, k), outputGradients: gradients.matrix(m, n), to: w.mutable(k, n))
    } yardstick: {
      BLAS.multiply(x.matrix(m, k).transposed, gradients.matrix(m, n), into: w.mutable(k, n), accumulate: true)
    }
  }

  /// c [m, n] = a [m, k] b [k, n].
  static func blas(_ m: Int, _ k: Int, _ n: Int, transposeA: Bool = false, transposeB: Bool = false) -> Kernel {
    let (a, b, c) = (FloatBuffer.random(m * k), FloatBuffer.random(k * n), FloatBuffer(count: m * n))
    let left = transposeA ? a.matrix(k, m).transposed : a.matrix(m, k)
    let right = transposeB ? b.matrix(n, k).transposed : b.matrix(k, n)
    let suffix = (transposeA ? ", a transposed" : "") + (transposeB ? ", b transposed" : "")
    return Kernel("sgemm \(m)x\(k)x\(n)\(suffix)", .operations(2 * m * k * n)) {
      withExtendedLifetime((a, b)) { BLAS.multiply(left, right, into: c.mutable(m, n)) }
    }
  }
}

extension Kernel {
  /// Steps of recurrent cells, compared with their matrix products alone by OpenBLAS. A ratio below 1 is the cost of the
  /// gates; a ratio above 1 means faster products.
  static var recurrent: [Kernel] {
    [
      step("GRU", batch: 1) { GRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("GRU", batch: 16) { GRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("GRU", batch: 64) { GRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("minGRU", batch: 16) { MinGRU("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
      step("LSTM", batch: 16) { LSTM("cell", inputSize: $1, hiddenSize: $2, in: &$0) },
    ]
  }

  private static func step(
    _ name: String, batch: Int, inputs: Int = 795, hidden: Int = 512,
    make: (_ layout: inout ParameterLayout, _ inputs: Int, _ hidden: Int) -> any RecurrentCell
  ) -> Kernel {
    var layout = ParameterLayout()
    let cell = make(&layout, inputs, hidden)
    let width = cell.gateCount * hidden
    let parameters = FloatBuffer(count: layout.count)
    var generator = RandomGenerator(seed: 1)
    layout.initialise(parameters.pointer, generator: &generator)
    let prepared = FloatBuffer(count: layout.preparedCount)
    cell.prepare(parameters.pointer, into: prepared.pointer, forTraining: false)
    let workspace = cell.makeWorkspace(maximumSteps: 1, maximumBatch: batch)
    let (x, state) = (FloatBuffer.random(batch * inputs), FloatBuffer.random(batch * cell.stateSize))
    let (inputWeight, recurrentWeight) = (FloatBuffer.random(inputs * width), FloatBuffer.random(hidden * width))
    let gates = FloatBuffer(count: batch * width)
    return Kernel(
      "\(name) step \(inputs) to \(hidden), batch \(batch)", .operations(2 * batch * (inputs + hidden) * width),
      against: "its products by OpenBLAS"
    ) {
      cell.forward(
        x.matrix(batch, inputs), steps: 1, batch: batch, initialState: state.pointer, resets: nil,
        weights: Weights(parameters: parameters.pointer, prepared: prepared.pointer), workspace: workspace)
    } yardstick: {
      BLAS.multiply(x.matrix(batch, inputs), inputWeight.matrix(inputs, width), into: gates.mutable(batch, width))
      BLAS.multiply(
        state.matrix(batch, hidden), recurrentWeight.matrix(hidden, width), into: gates.mutable(batch, width),
        accumulate: true)
    }
  }
}
