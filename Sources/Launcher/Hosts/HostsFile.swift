import Foundation
import Runtime

/// What runs on one machine of a launch: a line of a hosts file.
struct HostEntry: Sendable, Equatable {
  /// Bounds of the numbers of processes on a host.
  static let counts = 0...256

  /// What ssh is called with: [USER@]HOST, or a name of ~/.ssh/config.
  let host: String
  var workers = 1
  var annotators = 0
  /// Rollout threads of each worker; nil follows the run's configuration.
  var threads: Int?
  var port: Int?
  /// Tengu's folder on that machine; nil for the same as here.
  var home: String?
  /// The program there; nil for HOME/.build/release/tengu.
  var program: String?
  /// Interpreter for tasks in Python.
  var python: String?
  /// HOST or HOST:PORT by which that machine reaches the learner; nil for the address it has bound, or this machine's name.
  var learner: String?
}

/// The machines of a launch. Each line names one, and what runs there; `#` begins a comment:
///
/// ```
/// mars                  workers=2 threads=8
/// user@venus  port=2222 workers=1 home=/opt/tengu learner=10.0.0.1
/// llm-box               workers=0 annotators=1
/// ```
struct HostsFile: Sendable, Equatable {
  /// Larger files are refused: a line has some dozens of bytes.
  private static let maximumBytes = 1 << 20
  private static let maximumHosts = 1_000
  private static let keys = "workers, annotators, threads, port, home, program, python or learner"

  let entries: [HostEntry]

  /// - Throws: `LauncherError` naming the file, and the line that is wrong.
  init(reading path: String) throws(LauncherError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw LauncherError("cannot read the hosts file \(path)", .usage)
    }
    guard data.count <= Self.maximumBytes, let text = String(bytes: data, encoding: .utf8) else {
      throw LauncherError("\(path) is no hosts file: it is larger than 1 MiB, or no UTF-8 text", .usage)
    }
    try self.init(text: text, name: path)
  }

  /// - Parameter name: the file's name in errors.
  init(text: String, name: String) throws(LauncherError) {
    var entries: [HostEntry] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let host = words.first else { continue }
      do {
        entries.append(try Self.entry(host, Array(words.dropFirst())))
      } catch {
        throw LauncherError("\(name):\(index + 1): \(error.description)", .usage)
      }
    }
    guard !entries.isEmpty else { throw LauncherError("\(name) names no host", .usage) }
    guard entries.count <= Self.maximumHosts else {
      throw LauncherError("\(name) names \(entries.count) hosts; the limit is \(Self.maximumHosts)", .usage)
    }
    let names = entries.map(\.host)
    if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
      throw LauncherError("\(name) names \(twice) twice; one line says all that runs there", .usage)
    }
    self.entries = entries
  }

  /// Checks that the peers can reach the learner.
  /// - Parameter listen: transport.listen of the configuration.
  /// - Throws: `LauncherError` if peers on other machines cannot reach the learner.
  func check(listen: String, hasKey: Bool) throws(LauncherError) {
    guard hasKey else {
      throw LauncherError("--hosts needs --key: the machines reach the learner over a network", .usage)
    }
    let isLocal = listen.hasPrefix("127.") || listen.hasPrefix("localhost:")
    if isLocal, let entry = entries.first(where: { $0.learner == nil }) {
      throw LauncherError(
        "the learner listens on \(listen), which \(entry.host) cannot reach; add transport.listen=0.0.0.0:5555", .usage)
    }
  }

  private static func entry(_ host: String, _ words: [String]) throws(LauncherError) -> HostEntry {
    // ssh would read a host that begins with a dash as an option.
    let plain = host.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"'\"\\$`;&|<>()=".utf8.contains($0) }
    guard plain, !host.hasPrefix("-") else {
      throw LauncherError("\"\(host.printable)\" is no host: a line begins with HOST or USER@HOST")
    }
    var entry = HostEntry(host: host)
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw LauncherError("\"\(word.printable)\": expected NAME=VALUE with \(keys)")
      }
      let value = parts[1]
      switch parts[0] {
      case "workers": entry.workers = try number(word, value, HostEntry.counts)
      case "annotators": entry.annotators = try number(word, value, HostEntry.counts)
      case "threads": entry.threads = try number(word, value, 1...256)
      case "port": entry.port = try number(word, value, 1...65_535)
      case "home": entry.home = value
      case "program": entry.program = value
      case "python": entry.python = value
      case "learner": entry.learner = value
      default: throw LauncherError("\"\(parts[0].printable)\" is unknown; expected \(keys)")
      }
    }
    return entry
  }

  private static func number(
    _ word: String, _ value: String, _ range: ClosedRange<Int>
  ) throws(LauncherError) -> Int {
    guard let number = Int(value), range.contains(number) else {
      throw LauncherError(
        "\(word.printable): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
