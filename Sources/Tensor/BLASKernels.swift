import CPlatform
import Glibc

/// The choice of OpenBLAS's kernels for this processor.
///
/// OpenBLAS chooses them when it is loaded. For a processor that is newer than the library it takes kernels of 2004, without
/// AVX, which are 3 to 5 times slower (0.3.21 of Debian 12 on Intel's Sapphire Rapids). The environment variable
/// OPENBLAS_CORETYPE overrides the choice, but only if it is set before the library is loaded, that is, before the program
/// starts.
public enum BLASKernels {
  static let variable = "OPENBLAS_CORETYPE"

  /// What OpenBLAS falls back to, and kernels of processors without AVX: no processor with AVX2 should run them.
  static let withoutAVX: Set<String> = [
    "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Atom", "Nano", "Generic", "Opteron", "Opteron_SSE3",
    "Barcelona", "Bobcat",
  ]

  /// The kernels that a processor should run instead of `chosen`; nil if `chosen` suits it.
  static func better(than chosen: String, hasAVX2: Bool, hasAVX512: Bool) -> String? {
    guard withoutAVX.contains(where: { $0.caseInsensitiveCompare(to: chosen) }) else { return nil }
    return hasAVX512 ? "SkylakeX" : hasAVX2 ? "Haswell" : nil
  }

  /// Starts the program again in the same process, with the same arguments, if OpenBLAS chose kernels that waste this
  /// processor. Does nothing if OPENBLAS_CORETYPE is set. Call it before anything else in `main`: open files and threads do
  /// not survive. If the kernel refuses, the program continues with the slow kernels.
  public static func restartIfUnsuitable() {
    guard getenv(variable) == nil,
      let better = better(
        than: BLAS.kernelName, hasAVX2: tengu_has_avx2() != 0, hasAVX512: tengu_has_avx512() != 0)
    else { return }
    setenv(variable, better, 1)
    // The file's own path, because the process would otherwise be called "exe".
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    if readlink("/proc/self/exe", &path, Int(PATH_MAX)) > 0 { execv(path, CommandLine.unsafeArgv) }
    unsetenv(variable)
  }
}

extension String {
  /// Whether both texts have the same ASCII letters, in either case.
  fileprivate func caseInsensitiveCompare(to other: String) -> Bool { lowercased() == other.lowercased() }
}
