import Configuration
import Foundation

/// The run of a launch: a new one, or an earlier one that continues with its own configuration and options.
struct ResumeTarget {
  let run: RunFolder
  /// The configuration file.
  let configuration: String
  /// How the run was launched before; nil for a new run.
  let record: LaunchRecord?
  /// What the user should know.
  var notice: String?

  /// The values of --resume that name an earlier run.
  static let continuing = ["auto", "fresh", "best"]

  /// - Throws: `LauncherError` for a file or run that does not exist, `ConfigurationError` for a name that is none.
  init(_ options: LaunchOptions, in installation: Installation) throws {
    guard let resume = options.resume, Self.continuing.contains(resume) else {
      configuration = try installation.configurationFile(options.configuration ?? "nethack-score")
      run = try Self.folder(options.name ?? Self.newName(configuration), installation)
      record = nil
      return
    }
    if let name = options.name {
      run = try Self.folder(name, installation)
    } else {
      run = try RunFolder(named: nil, in: installation)
    }
    if let other = options.configuration {
      configuration = try installation.configurationFile(other)
    } else if isFile(run.configuration) {
      configuration = run.configuration
    } else if FileManager.default.fileExists(atPath: run.path) {
      throw LauncherError(
        "\(run.path) has no config.toml: no run ever began there; name a configuration to begin it", .usage)
    } else {
      throw LauncherError.noRun(
        run.name, in: installation.runs, hint: "; to begin a new run of that name, name its configuration")
    }
    record = try LaunchRecord.read(run)
    if !isFile(run.configuration) { notice = "there is no run \(run.name) yet; it begins now" }
  }

  private static func folder(_ name: String, _ installation: Installation) throws -> RunFolder {
    RunFolder(path: "\(installation.runs)/\(try RunName(name))")
  }

  private static func newName(_ configuration: String) -> String {
    let stem = URL(fileURLWithPath: configuration).deletingPathExtension().lastPathComponent
    return "\(stem)-\(timeStamp("%Y%m%d-%H%M%S", localtime_r))"
  }
}
