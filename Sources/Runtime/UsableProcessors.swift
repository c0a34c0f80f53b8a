import CPlatform
import FoundationEssentials

/// The processors that this process may use, which in a container or under a scheduler are fewer than the machine has.
///
/// Two limits count: the processors that the kernel schedules the process on (`sched_getaffinity`, set by `taskset`,
/// cpusets and most schedulers), and the processor time that its control groups grant (version 1: `cpu.cfs_quota_us`;
/// version 2: `cpu.max`). https://docs.kernel.org/admin-guide/cgroup-v2.html, section "CPU".
public enum UsableProcessors {
  /// The number of threads worth starting, at least 1. A quota of 2.5 processors counts as 3.
  public static var count: Int {
    count(allowed: Int(tengu_allowed_processors()), quota: ControlGroups.ofThisProcess.processorQuota)
  }

  /// - Parameters:
  ///   - allowed: processors of the affinity mask; 0 if unknown.
  ///   - quota: processors' worth of time; nil for no limit.
  static func count(allowed: Int, quota: Double?) -> Int {
    let machine = allowed > 0 ? allowed : 1
    guard let quota else { return machine }
    return max(1, min(machine, Int(quota.rounded(.up))))
  }
}

/// The control groups of a process, read from the files that the kernel shows.
struct ControlGroups {
  /// The text of /proc/self/cgroup: `ID:controllers:path` lines.
  let membership: String
  /// The text of /proc/self/mountinfo.
  let mounts: String
  /// Reads a file; nil if there is none.
  let read: (String) -> String?

  static var ofThisProcess: ControlGroups {
    let read = { (path: String) in try? String(contentsOfFile: path, encoding: .utf8) }
    return ControlGroups(
      membership: read("/proc/self/cgroup") ?? "", mounts: read("/proc/self/mountinfo") ?? "", read: read)
  }

  /// The smallest quota of the process's group and the groups around it, in processors; nil if none has one.
  var processorQuota: Double? {
    let version1 = limits(ofFileSystem: "cgroup", controller: "cpu") { folder in
      guard let quota = read("\(folder)/cpu.cfs_quota_us"), let period = read("\(folder)/cpu.cfs_period_us") else {
        return nil
      }
      return Self.quota(quota: quota, period: period)
    }
    let version2 = limits(ofFileSystem: "cgroup2", controller: nil) { folder in
      read("\(folder)/cpu.max").flatMap(Self.quota(cpuMax:))
    }
    return (version1 + version2).min()
  }

  /// The smallest memory limit of the process's group and the groups around it, in bytes; nil if none has one.
  var memoryBytes: Double? {
    let version1 = limits(ofFileSystem: "cgroup", controller: "memory") { folder in
      read("\(folder)/memory.limit_in_bytes").flatMap(Self.number)
    }
    let version2 = limits(ofFileSystem: "cgroup2", controller: nil) { folder in
      // "max" for no limit.
      read("\(folder)/memory.max").flatMap(Self.number)
    }
    return (version1 + version2).min()
  }

  /// Processors from the files of version 1; nil for no limit, which is a quota of -1.
  static func quota(quota: String, period: String) -> Double? {
    guard let quota = number(quota), let period = number(period), quota > 0, period > 0 else { return nil }
    return quota / period
  }

  /// Processors from `cpu.max` of version 2: "QUOTA PERIOD", or "max PERIOD" for no limit.
  static func quota(cpuMax: String) -> Double? {
    let words = cpuMax.split(whereSeparator: \.isWhitespace)
    guard words.count == 2 else { return nil }
    return quota(quota: String(words[0]), period: String(words[1]))
  }

  private static func number(_ text: String) -> Double? { Double(text.filter { !$0.isWhitespace }) }

  /// The limits of the process's group and of every group around it, up to the mount point.
  private func limits(
    ofFileSystem type: String, controller: String?, _ limit: (String) -> Double?
  ) -> [Double] {
    guard let group = path(controller: controller) else { return [] }
    var result: [Double] = []
    for mount in mountPoints(ofFileSystem: type, controller: controller) {
      var folder = mount.folder(of: group)
      while folder.count >= mount.point.count {
        if let limit = limit(folder) { result.append(limit) }
        guard let slash = folder.lastIndex(of: "/") else { break }
        folder = String(folder[..<slash])
      }
    }
    return result
  }

  /// The path of the process's group under a controller of version 1, or under version 2 if `controller` is nil.
  func path(controller: String?) -> String? {
    for line in membership.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      if let controller {
        if controllers.contains(Substring(controller)) { return String(parts[2]) }
      } else if parts[0] == "0", controllers.isEmpty {
        return String(parts[2])
      }
    }
    return nil
  }

  /// Where a control group's file system is mounted.
  struct Mount: Equatable {
    /// The group that the mount shows as its top folder; in a container this may be the container's own group.
    let root: String
    let point: String

    /// The folder of a group. A group that is not below `root` is shown as the top folder.
    func folder(of group: String) -> String {
      let top = root == "/" ? "" : root
      guard group.hasPrefix(top + "/"), group != "/" else { return point }
      return point + group.dropFirst(top.count)
    }
  }

  /// The mounts of a control-group file system, from lines
  /// `ID PARENT DEVICE ROOT POINT OPTIONS [FIELD ...] - TYPE SOURCE SUPER-OPTIONS`.
  func mountPoints(ofFileSystem type: String, controller: String?) -> [Mount] {
    mounts.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let dash = words.firstIndex(of: "-"), words.count > dash + 3, dash >= 6, words[dash + 1] == type else {
        return nil
      }
      if let controller, !words[dash + 3].split(separator: ",").contains(Substring(controller)) { return nil }
      return Mount(root: String(words[3]), point: String(words[4]))
    }
  }
}
