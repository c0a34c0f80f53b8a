import Tensor

/// As many sums at the same time as hide the latency of an instruction and fit the registers.
#if VECTOR_AVX512
  private typealias Sums = MultiplyAdds<16>
#elseif VECTOR_AVX2 || arch(arm64)
  private typealias Sums = MultiplyAdds<10>
#else
  private typealias Sums = MultiplyAdds<4>
#endif

extension Kernel {
  private static let multiplyAddSteps = 4096

  /// Multiplications with additions in registers, without memory: what a core computes at most with the vectors of this
  /// build.
  static var multiplyAdds: Kernel {
    let result = FloatBuffer(count: Lanes.width)
    let operations = 2 * Sums.size * multiplyAddSteps * Lanes.width
    return Kernel(KernelBenchmark.peakName, .operations(operations)) {
      // Read from memory, so that the compiler cannot compute the result in advance.
      let factor = Lanes.load(result.pointer, remaining: Lanes.width) + 1
      let sums = Sums.run(steps: multiplyAddSteps, factor: factor)
      // Zero, but only at run time: sums that nobody reads would not be computed.
      Lanes.store(sums * 0, to: result.pointer, remaining: Lanes.width)
    }
  }
}

/// `count` sums that do not depend on each other.
private enum MultiplyAdds<let count: Int> {
  static var size: Int { count }

  /// - Returns: the total of all sums after `steps` multiplications with additions on each.
  @inline(never)
  static func run(steps: Int, factor: Lanes.Vector) -> Lanes.Vector {
    var sums = InlineArray<count, Lanes.Vector>(repeating: factor)
    let summand = factor - 1
    for _ in 0..<steps {
      for i in 0..<count { sums[i] = Lanes.fused(sums[i], factor, summand) }
    }
    var total = Lanes.Vector.zero
    for i in 0..<count { total += sums[i] }
    return total
  }
}
