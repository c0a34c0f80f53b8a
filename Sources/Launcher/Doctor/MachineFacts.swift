import CPlatform
import Foundation
import Glibc
import Runtime

/// What `tengu doctor` knows of this machine. Reading it starts nothing and writes nothing.
public struct MachineFacts: Sendable {
  /// What the vector extensions of a processor or a build are called.
  public enum Vectors: String, Sendable, CaseIterable {
    case portable, avx2, avx512

    /// How wide they are, as an order.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  /// Programs that some commands call, what for, and the Debian package of each.
  static let wantedPrograms: [(name: String, purpose: String, package: String)] = [
    ("python3", "tasks in Python, exports", "python3"), ("mpirun", "several learners", "openmpi-bin"),
    ("ssh", "--hosts", "openssh-client"), ("ffmpeg", "videos of replays", "ffmpeg"),
  ]

  /// Vectors of the processor and of this build; nil where they do not matter (arm64).
  public var processorVectors: Vectors?
  public var buildVectors: Vectors?
  /// The kernels that OpenBLAS runs, and those that it would run by its own choice.
  public var blasKernels = "unknown"
  public var usableProcessors = 1
  /// Processes that ran or waited for a processor in the last minute, on average.
  public var load = 0.0
  /// Memory that this process may use, and what of the machine's is free, in bytes.
  public var memoryBytes = 0.0
  public var freeMemoryBytes = 0.0
  /// Limit of open descriptors.
  public var descriptors = 0
  /// Free bytes where the runs are; nil if that cannot be known.
  public var freeDiskBytes: Double?
  public var runsAreWritable = true
  public var loopbackWorks = true
  public var hasConfigurations = true
  public var hasNetHack = true
  public var hasModelServer = true
  /// Names of programs that were found in PATH.
  public var programs: Set<String> = []

  public init() {}

  /// The facts of this machine, apart from those that the caller's build knows.
  public init(_ installation: Installation) {
    #if arch(x86_64)
      processorVectors = tengu_has_avx512() != 0 ? .avx512 : tengu_has_avx2() != 0 ? .avx2 : .portable
    #endif
    usableProcessors = UsableProcessors.count
    var loads = [Double](repeating: 0, count: 1)
    if getloadavg(&loads, 1) == 1 { load = loads[0] }
    memoryBytes = UsableMemory.bytes
    freeMemoryBytes = Self.freeMemory(in: (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? "")
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      descriptors = Int(clamping: limit.rlim_cur)
    }
    let runs = Self.nearest(installation.runs)
    runsAreWritable = access(runs, W_OK | X_OK) == 0
    var space = statvfs()
    if statvfs(runs, &space) == 0 { freeDiskBytes = Double(space.f_bavail) * Double(space.f_frsize) }
    loopbackWorks = Self.bindsLoopback()
    hasConfigurations = isFile("\(installation.home)/cluster/configs/captiongrid.toml")
    hasNetHack = installation.hasNetHack
    hasModelServer = FileManager.default.fileExists(atPath: installation.languageModel)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    programs = Set(Self.wantedPrograms.map(\.name).filter { Self.has($0, path: path) })
  }

  /// Bytes of the line "MemAvailable" of /proc/meminfo; 0 if there is none.
  static func freeMemory(in text: String) -> Double {
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    let words = line?.split(separator: " ") ?? []
    return words.count > 1 ? (Double(words[1]) ?? 0) * 1024 : 0
  }

  /// The path, or the nearest folder above it that exists.
  static func nearest(_ path: String) -> String {
    var current = path
    while !FileManager.default.fileExists(atPath: current), current != "/", !current.isEmpty {
      current = folder(of: current)
    }
    return current.isEmpty ? "/" : current
  }

  private static func has(_ program: String, path: String) -> Bool {
    path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  private static func bindsLoopback() -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
