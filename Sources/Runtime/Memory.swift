import CPlatform
import FoundationEssentials

/// The memory that this process may use: the machine's, or what its control groups grant if that is less.
public enum UsableMemory {
  /// Bytes. Without any information it is unlimited, so that nothing is refused by a guess.
  public static var bytes: Double {
    let information = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    return bytes(information: information, limit: ControlGroups.ofThisProcess.memoryBytes)
  }

  /// Bytes as a person reads them: in the largest unit that leaves a number of at least 1.
  public static func text(_ bytes: Double) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (bytes, 0)
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return "\((value * 10).rounded() / 10) \(units[unit])"
  }

  /// - Parameters:
  ///   - information: the text of /proc/meminfo.
  ///   - limit: bytes that the control groups grant; nil for no limit.
  static func bytes(information: String, limit: Double?) -> Double {
    let line = information.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
    let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
    return min(kibibytes.map { $0 * 1024 } ?? .infinity, limit ?? .infinity)
  }
}

/// Memory that the process has freed and the C library keeps for later.
public enum FreeMemory {
  /// Gives it back to the system, which takes a few milliseconds. Call it after rare work that needs much memory, such as
  /// a checkpoint: each thread frees into a heap of its own, and every heap keeps its largest size without this call.
  public static func giveBack() { tengu_return_free_memory() }
}
