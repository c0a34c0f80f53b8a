import Glibc

/// Where and when a run started. It contains nothing from the environment variables or the command line, which may hold
/// secrets.
public struct Provenance: Sendable, Hashable {
  /// Tengu's version.
  public var version: String
  public var seed: Int
  public var host: String
  /// Kernel, its release and the machine's architecture.
  public var operatingSystem: String
  /// Cores online.
  public var cores: Int
  /// UTC, "2026-01-31T23:59:59Z".
  public var startedAt: String

  /// The facts of this process.
  /// - Parameter startSeconds: seconds since 1970 at which the run started.
  public init(version: String, seed: Int, startSeconds: Double) {
    var names = utsname()
    let known = uname(&names) == 0
    self.version = version
    self.seed = seed
    host = known ? Self.text(names.nodename) : "unknown"
    operatingSystem =
      known ? "\(Self.text(names.sysname)) \(Self.text(names.release)) \(Self.text(names.machine))" : "unknown"
    cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    startedAt = Self.utc(startSeconds)
  }

  /// Name and value of each fact, for a checkpoint's metadata or the head of a file.
  public var facts: [(name: String, value: String)] {
    [
      ("version", version), ("seed", "\(seed)"), ("host", host), ("operating_system", operatingSystem),
      ("cores", "\(cores)"), ("started_at", startedAt),
    ]
  }

  /// The facts as TOML comments, one line each.
  public func tomlComments() -> String { facts.map { "# \($0.name): \($0.value)\n" }.joined() }

  static func utc(_ seconds: Double) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  /// A fixed array of C characters, as text without control characters.
  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { bytes in
      let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      return String(text.unicodeScalars.filter { $0.value >= 32 && $0 != "\u{7F}" })
    }
  }
}
