import COpenBLAS

/// Matrix products by OpenBLAS.
///
/// The same call with the same shapes gives the same bits as long as OpenBLAS runs on one thread; every entry point makes
/// sure of that. Parallelism belongs to the callers: they shard the batch, with one workspace per thread.
public enum BLAS {
  private static let oneThread: Void = openblas_set_num_threads(1)

  /// Restricts OpenBLAS to the calling thread for the rest of the process. Idempotent, and called by every product.
  public static func useOneThread() { _ = oneThread }

  /// The name of the kernels that OpenBLAS chose for this processor, for a run's log. The environment variable
  /// OPENBLAS_CORETYPE, read at the start of the process, overrides the choice.
  public static var kernelName: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }

  /// c = a b, or c += a b when `accumulate`. a [m, k], b [k, n], c [m, n]; transposed views count as transposed.
  @inline(never)
  public static func multiply(_ a: Matrix, _ b: Matrix, into c: MutableMatrix, accumulate: Bool = false) {
    useOneThread()
    let depth = a.isTransposed ? a.rows : a.columns
    precondition((a.isTransposed ? a.columns : a.rows) == c.rows, "rows of the product differ")
    precondition((b.isTransposed ? b.columns : b.rows) == depth, "inner dimensions of the product differ")
    precondition((b.isTransposed ? b.rows : b.columns) == c.columns, "columns of the product differ")
    if c.rows == 1 && !a.isTransposed {
      return multiply(vector: a.pointer, b, into: c.pointer, accumulate: accumulate)
    }
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
      Int32(c.rows), Int32(c.columns), Int32(depth), 1, a.pointer, Int32(a.stride), b.pointer, Int32(b.stride),
      accumulate ? 1 : 0, c.pointer, Int32(c.stride))
  }

  /// y = x b, or y += x b when `accumulate`. x [k], b [k, n], y [n]; a transposed b counts as transposed.
  @inline(never)
  public static func multiply(
    vector x: UnsafePointer<Float>, _ b: Matrix, into y: UnsafeMutablePointer<Float>, accumulate: Bool = false
  ) {
    useOneThread()
    // A row vector times b is b transposed times a column vector.
    cblas_sgemv(
      CblasRowMajor, b.isTransposed ? CblasNoTrans : CblasTrans, Int32(b.rows), Int32(b.columns), 1, b.pointer,
      Int32(b.stride), x, 1, accumulate ? 1 : 0, y, 1)
  }
}
