import Foundation

/// A run's directory as commands outside the learner see it. The learner makes it and holds its lock; a launcher adds
/// the logs and pid files of the run's local processes.
public struct RunFolder: Sendable, Equatable {
  public let path: String

  init(path: String) { self.path = path }

  /// The run a user names.
  /// - Parameter name: a run's name or the path of its directory; nil for the run that wrote its log last.
  /// - Throws: `LauncherError` if there is no such run, or it belongs to another user.
  public init(named name: String?, in installation: Installation) throws(LauncherError) {
    guard let name, !name.isEmpty else {
      guard let newest = Self.newest(in: installation.runs) else {
        throw LauncherError("there is no run in \(installation.runs) yet; start one with scripts/launch.sh")
      }
      path = newest
      return
    }
    let candidates = ["\(installation.runs)/\(name)", installation.absolute(name)]
    guard let found = candidates.first(where: { isFolder($0) }) else {
      throw .noRun(name, in: installation.runs)
    }
    path = found.hasSuffix("/") ? String(found.dropLast()) : found
    guard access(path, R_OK | X_OK) == 0 else { throw .system("read", path, errno) }
  }

  private static func newest(in runs: String) -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
    let dated = names.compactMap { name -> (path: String, time: Date)? in
      let log = try? FileManager.default.attributesOfItem(atPath: "\(runs)/\(name)/learner.log")
      return (log?[.modificationDate] as? Date).map { ("\(runs)/\(name)", $0) }
    }
    return dated.max { $0.time < $1.time }?.path
  }

  public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  var configuration: String { "\(path)/config.toml" }
  var endpointFile: String { "\(path)/endpoint" }
  var launchLog: String { "\(path)/launch.log" }
  /// What a launch that resumes the run needs to know of the first one.
  var launchRecord: String { "\(path)/launch.json" }
  /// Where the model server of the run writes its address and model once it answers.
  var modelServerFile: String { "\(path)/llm.ready" }

  /// Where the web page of the run writes its address once it is served.
  var dashboardFile: String { "\(path)/dashboard.url" }

  /// The log of a local process.
  func log(of process: String) -> String { "\(path)/\(process).log" }
  func pidFile(of process: String) -> String { "\(path)/\(process).pid" }

  /// HOST:PORT that the learner has bound; nil while there is none.
  var endpoint: String? { firstLine(of: endpointFile) }

  /// The addresses of all learners of the run, the first one's first.
  var endpoints: [String] {
    let text = (try? String(contentsOfFile: endpointFile, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// Whether a learner works on the run now.
  public func isGoing(in installation: Installation) -> Bool { learner(program: installation.program) != nil }

  /// The process id of the run's learner; nil if the run is not going.
  /// - Parameter program: the program that runs the roles.
  func learner(program: String) -> pid_t? {
    guard let line = firstLine(of: pidFile(of: "learner")), let identifier = pid_t(line),
      isRole(["learner", "serial"], identifier, of: program)
    else { return nil }
    return identifier
  }
}

private func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

/// Whether a process is `program` in one of `roles`. Pid files outlive their processes, and the kernel uses process ids
/// again.
private func isRole(_ roles: [String], _ identifier: pid_t, of program: String) -> Bool {
  guard let data = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline") else { return false }
  return commandLine(data, runs: program, in: roles)
}

/// Whether a command line, as /proc shows it, names `program` directly before one of `roles`. An interpreter may come
/// first.
func commandLine(_ data: Data, runs program: String, in roles: [String]) -> Bool {
  let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  func name(_ path: String) -> Substring? { path.split(separator: "/").last }
  return zip(words, words.dropFirst()).contains { name($0) == name(program) && roles.contains($1) }
}
