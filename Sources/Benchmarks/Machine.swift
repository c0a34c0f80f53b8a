import Foundation
import Runtime
import Tensor

/// What the numbers depend on.
public struct Machine: Codable, Sendable, Hashable {
  /// The processor's name in /proc/cpuinfo.
  public var processor: String
  public var cores: Int
  /// OpenBLAS's kernels for it.
  public var blasKernels: String
  /// Of Linux.
  public var kernelRelease: String

  /// This machine.
  public static var current: Machine {
    Machine(
      processor: processorName, cores: UsableProcessors.count, blasKernels: BLAS.kernelName,
      kernelRelease: release)
  }

  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }
    let name = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    return name ?? "unknown"
  }

  private static var release: String {
    let text = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
    return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
  }
}
