import Assembly
import Configuration
import Foundation

/// A launch whose options are completed and whose configuration is checked. Making one starts and writes nothing.
public struct LaunchPlan: Sendable {
  /// The prompt for the model that is served by default, which answers questions badly and continues examples well.
  private static let promptOfSmallModel = "few-shot"

  let installation: Installation
  public let run: RunFolder
  let workers: Int
  let task: String
  let annotator: AnnotatorSection.Kind
  /// The language model the annotator asks; without servers when the launcher serves one.
  let languageModel: LanguageModelChoice
  /// Options of `tengu serve-llm`, if the launcher serves a model.
  let modelServer: ModelServerOptions?
  /// The learner's secret key and the public keys it allows.
  let keys: (own: String, allowed: String)?
  /// Arguments of `tengu`.
  let learnerArguments: [String]
  let isDetached: Bool

  /// Relative paths in the configuration start at the working directory, so enter `installation.home` first, where the
  /// roles run.
  /// - Throws: `LauncherError` for a file or run that does not exist, `ConfigurationError` for mistakes in the
  ///   configuration.
  public init(_ options: LaunchOptions, in installation: Installation) throws {
    self.installation = installation
    var name = options.name
    if options.resume == "auto", name == nil { name = try RunFolder(named: nil, in: installation).name }
    let file = try Self.configurationFile(options, name: name, in: installation)
    let runName = name ?? "\(Self.stem(of: file))-\(timeStamp("%Y%m%d-%H%M%S", localtime_r))"
    run = RunFolder(path: "\(installation.runs)/\(try RunName(runName))")
    workers = options.workers
    isDetached = options.isDetached

    var overrides = options.overrides
    if let kind = options.annotator { overrides.append("annotator.kind=\(kind)") }
    let configuration = try Self.checked(file, overrides + (options.steps.map { ["run.steps=\($0)"] } ?? []))
    task = configuration.environment.task
    annotator = configuration.annotator.kind
    let asksModel = try Registries.standard.annotators.entry(named: annotator.rawValue).asksModel

    var model = options.languageModel
    model.keyFile = model.keyFile.map(installation.absolute)
    let served = try options.servedModel.map { try Self.readable(installation.absolute($0)) }
    guard asksModel || (model.isEmpty && served == nil) else {
      throw LauncherError(
        "the run's annotator is \"\(annotator.rawValue)\", which asks no language model; add --annotator llm or layered"
      )
    }
    let serves = asksModel && model.urls.isEmpty && configuration.languageModel.servers.isEmpty
    if serves, served == nil, model.prompt == nil { model.prompt = Self.promptOfSmallModel }
    languageModel = model
    modelServer = serves ? ModelServerOptions(model: served) : nil

    keys = options.key.map { key in
      let own = installation.absolute(key)
      return (own, options.allow.map(installation.absolute) ?? folder(of: own))
    }
    learnerArguments =
      ["learner", "--config", file, "--name", run.name, "--runs", installation.runs]
      + option("--key", keys?.own) + option("--allow", keys?.allowed)
      + option("--resume", Self.resume(options.resume, in: installation))
      + option("--steps", options.steps.map(String.init)) + overrides
  }

  /// The run's own configuration if the user resumes it and names no other.
  private static func configurationFile(
    _ options: LaunchOptions, name: String?, in installation: Installation
  ) throws(LauncherError) -> String {
    if options.resume == "auto", options.configuration == nil, let name {
      let own = RunFolder(path: "\(installation.runs)/\(name)").configuration
      if isFile(own) { return own }
    }
    return try installation.configurationFile(options.configuration ?? "nethack-score")
  }

  /// The resolved configuration, checked as far as possible without starting anything.
  private static func checked(_ file: String, _ overrides: [String]) throws -> RunConfiguration {
    let configuration = try RunConfiguration.load(file: file, overrides: overrides)
    _ = try RunPlan(configuration)
    return configuration
  }

  private static func resume(_ value: String?, in installation: Installation) -> String? {
    guard let value, value != "auto", value != "never" else { return value }
    return installation.absolute(value)
  }

  private static func readable(_ path: String) throws(LauncherError) -> String {
    guard FileManager.default.isReadableFile(atPath: path) else { throw LauncherError("cannot read the model \(path)") }
    return path
  }

  private static func stem(of path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
  }

  /// What the launch needs that is missing on this machine.
  public var missing: [String] { task.hasPrefix("NetHack") && !installation.hasNetHack ? ["nethack"] : [] }
}
