import Tensor

extension Kernel {
  /// Matrix products of the shapes that networks have: by OpenBLAS, with packed weights, and for weight gradients.
  static var products: [Kernel] {
    [
      // Layers of ONI's network at the batch sizes of inference, then of training: the recurrent cell's two products.
      blas(1, 795, 1536), blas(16, 795, 1536), blas(32, 512, 1536), blas(64, 795, 1536), blas(1024, 795, 1536),
      blas(1024, 1152, 512), blas(1024, 128, 28),
      // Gradients of a weight, and of a layer's input.
      blas(795, 1024, 1536, transposeA: true), blas(1024, 1536, 795, transposeB: true),
      packed(1, 795, 1536), packed(4, 795, 1536), packed(16, 795, 1536), packed(64, 795, 1536),
      packed(1024, 795, 1536), packed(16, 512, 1536), packed(1024, 1152, 512), packed(1024, 128, 28),
      weightGradient(1024, 795, 1536), weightGradient(1024, 1152, 512),
    ]
  }

  /// y [m, n] = x [m, k] W with W packed before, as layers do once for each version of the parameters.
  private static func packed(_ m: Int, _ k: Int, _ n: Int) -> Kernel {
    let (x, w, y) = (FloatBuffer.random(m * k), FloatBuffer.random(k * n), FloatBuffer(count: m * n))
    let storage = FloatBuffer(count: PackedWeights.floatCount(inputs: k, outputs: n))
    PackedWeights.pack(w.matrix(k, n), into: storage.pointer)
    return Kernel("packed product \(m)x\(k)x\(n)", .operations(2 * m * k * n), beside: "OpenBLAS") {
      let weights = PackedWeights(storage.pointer, inputs: k, outputs: n)
      PackedProduct.multiply(x.matrix(m, k), weights, into: y.mutable(m, n))
    } yardstick: {
      BLAS.multiply(x.matrix(m, k), w.matrix(k, n), into: y.mutable(m, n))
    }
  }

  /// dW [k, n] += x [m, k]^T dY [m, n].
  private static func weightGradient(_ m: Int, _ k: Int, _ n: Int) -> Kernel {
    let (x, gradients, w) = (FloatBuffer.random(m * k), FloatBuffer.random(m * n), FloatBuffer(count: k * n))
    return Kernel("weight gradient \(m)x\(k)x\(n)", .operations(2 * m * k * n), beside: "OpenBLAS") {
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
