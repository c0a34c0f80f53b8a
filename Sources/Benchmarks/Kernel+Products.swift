import Tensor

extension Kernel {
  /// Matrix products of the shapes that networks have, by OpenBLAS.
  static var products: [Kernel] {
    [
      // Layers of ONI's network at the batch sizes of inference, then of training: the recurrent cell's two products.
      blas(1, 795, 1536), blas(16, 795, 1536), blas(32, 512, 1536), blas(64, 795, 1536), blas(1024, 795, 1536),
      blas(1024, 1152, 512), blas(1024, 128, 28),
      // Gradients of a weight, and of a layer's input.
      blas(795, 1024, 1536, transposeA: true), blas(1024, 1536, 795, transposeB: true),
    ]
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
