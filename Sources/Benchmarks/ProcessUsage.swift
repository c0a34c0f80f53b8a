import Foundation

/// What the kernel says of a process.
struct ProcessUsage: Sendable, Hashable {
  /// Of all its threads, user and system.
  var cpuSeconds: Double
  var residentMegabytes: Double

  /// - Returns: nil when there is no such process (any more).
  init?(of process: Int32) {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    // The name before the parenthesis may hold spaces. User and system time are fields 14 and 15, resident pages 24.
    let fields = stat[stat.index(end, offsetBy: 2)...].split(separator: " ")
    guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
      let pages = Double(fields[21])
    else { return nil }
    cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    residentMegabytes = pages * Double(sysconf(Int32(_SC_PAGESIZE))) / Double(1 << 20)
  }

  /// CPU seconds of this process so far.
  static var ownCPUSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
