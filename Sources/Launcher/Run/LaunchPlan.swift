import Assembly
import Configuration
import Foundation

/// A launch whose options are complete and whose configuration is checked. Creating a plan starts nothing and writes
/// nothing.
public struct LaunchPlan: Sendable {
  let installation: Installation
  public let run: RunFolder
  let workers: Int
  let learners: LearnerProcesses
  let task: String
  /// The interpreter of a task in Python: it is the user's own, whatever address the learner has. nil for other tasks.
  let python: String?
  let annotator: AnnotatorSection.Kind
  /// Where the annotator's language model is.
  let languageModel: LanguageModelPlan
  /// The learner's secret key and the public keys it allows.
  let keys: (own: String, allowed: String)?
  /// The machines on which peers are started over ssh; nil for none.
  let hosts: HostsFile?
  /// Arguments of `tengu`.
  let learnerArguments: [String]
  /// What a launch that resumes this run will need.
  let record: LaunchRecord
  /// What the user should know before the run starts; nil if there is nothing.
  public let notice: String?
  private let awaitsLanguageModel: Bool
  let isDetached: Bool
  /// Port of the web page; 0 for a free one, nil for no page.
  let dashboardPort: Int?

  /// Relative paths in the configuration start at the working directory, so enter `installation.home` first, where the
  /// roles run.
  /// - Throws: `LauncherError` for a file or run that does not exist, `ConfigurationError` for mistakes in the
  ///   configuration.
  public init(_ given: LaunchOptions, in installation: Installation) throws {
    self.installation = installation
    let target = try ResumeTarget(given, in: installation)
    run = target.run
    notice = target.notice
    let options = target.record.map(given.completed) ?? given
    learners = try LearnerProcesses(options.learners ?? 1)
    // A learner without a worker would keep the others waiting.
    workers = options.workers ?? learners.count
    isDetached = options.isDetached
    dashboardPort = options.dashboardPort
    // A detached launch checks the servers before it starts the launcher that stays.
    awaitsLanguageModel = options.awaitsLanguageModel || options.isDetached

    var overrides = options.overrides
    if let kind = options.annotator { overrides.append("annotator.kind=\(kind)") }
    let steps = options.steps.map { ["run.steps=\($0)"] } ?? []
    let configuration = try Registries.standard.configuration(file: target.configuration, overrides: overrides + steps)
    try Self.check(
      configuration, prompt: options.languageModel.prompt, overrides: options.isArm ? [] : options.overrides)
    task = configuration.environment.task
    python = Self.interpreter(configuration)
    annotator = configuration.annotator.kind
    let asksModel = try Registries.standard.annotators.entry(named: annotator.rawValue).asksModel
    guard asksModel || (given.languageModel.isEmpty && given.servedModel == nil) else {
      throw LauncherError(
        "the run's annotator is \"\(annotator.rawValue)\", which asks no language model; add --annotator llm or layered",
        .usage)
    }
    languageModel = try LanguageModelPlan(
      asksModel ? options : nil, configuration.languageModel, in: installation)
    keys = try options.key.map { key in
      let own = try installation.readableFile(key, "key")
      return (own, options.allow.map(installation.absolute) ?? folder(of: own))
    }
    if options.allow != nil, keys == nil {
      throw LauncherError(
        "--allow needs --key: without its own key the learner cannot tell its peers apart", .usage)
    }
    let hostsFile = options.hosts.map(installation.absolute)
    hosts = try hostsFile.map { try HostsFile(reading: $0) }
    if let hosts {
      try hosts.check(listen: configuration.transport.listen, hasKey: keys != nil)
    }
    record = LaunchRecord(
      workers: workers, learners: learners.count > 1 ? learners.count : nil, key: keys?.own, allow: keys?.allowed,
      hosts: hostsFile,
      languageModel: languageModel.given,
      servedModel: languageModel.servedModel)
    learnerArguments =
      ["learner"] + (options.isArm ? ["--arm"] : []) + [
        "--config", target.configuration, "--name", run.name, "--runs", installation.runs,
      ]
      + option("--key", keys?.own) + option("--allow", keys?.allowed)
      + option("--resume", Self.resume(options.resume, in: installation))
      + option("--steps", options.steps.map(String.init)) + overrides
      // The learner needs the prompt to know whose labels count.
      + (languageModel.choice.prompt.map { ["language_model.prompt=\($0)"] } ?? [])
  }

  /// - Parameter prompt: what the command line gives instead of the configuration's prompt.
  private static func check(_ configuration: RunConfiguration, prompt: String?, overrides: [String]) throws {
    var configuration = configuration
    if let prompt { configuration.languageModel.prompt = prompt }
    try RunPlan(configuration).checkEffects(of: overrides)
  }

  private static func interpreter(_ configuration: RunConfiguration) -> String? {
    let entry = try? Registries.standard.environments.entry(named: configuration.environment.task)
    guard entry?.makeHosts != nil, case .text(let path) = configuration.environment["python"] else { return nil }
    return path
  }

  private static func resume(_ value: String?, in installation: Installation) -> String? {
    guard let value, value != "never", !ResumeTarget.continuing.contains(value) else { return value }
    return installation.absolute(value)
  }

  /// The parts that the launch needs and this machine lacks.
  public var missing: [String] {
    let needsLevels = task.hasPrefix("minihack:")
    let needsGame = needsLevels || task.hasPrefix("NetHack")
    return needsGame && !installation.hasNetHack || needsLevels && !installation.hasLevels ? ["nethack"] : []
  }

  /// Checks that the language model answers, so that a run whose annotator cannot work does not start.
  /// - Returns: a line about each server that cannot be used, if another one can.
  /// - Throws: `LauncherError` if no server can be used.
  public func checkLanguageModel() async throws -> [String] {
    if awaitsLanguageModel { return [] }
    return try await languageModel.check()
  }
}
