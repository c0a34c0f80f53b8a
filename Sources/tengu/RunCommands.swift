import ArgumentParser
import Assembly
import Configuration
import Foundation
import Learner
import Runtime
import Serial
import Transport

/// What `learner` and `serial` have in common: which run, from which configuration.
struct RunOptions: ParsableArguments {
  @Option(help: "A TOML run configuration; see cluster/configs.")
  var config: String?

  @Option(help: "The run's name; its files go to RUNS/NAME.")
  var name: String?

  @Option(help: ArgumentHelp("The folder that holds runs.", valueName: "dir"))
  var runs = "runs"

  @Option(
    help: ArgumentHelp(
      "auto: go on if the run exists; never: refuse if it does; or a checkpoint's path.", valueName: "auto|never|path"))
  var resume = "never"

  @Option(help: "Environment steps after which the run ends (run.steps).")
  var steps: Int?

  @Option(help: ArgumentHelp("The learner's secret CURVE key; needed to listen beyond loopback.", valueName: "file"))
  var key: String?

  @Option(
    help: ArgumentHelp("The public keys that may connect: a folder of *.public files, or one file.", valueName: "path"))
  var allow: String?

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  @Flag(help: "Print the resolved configuration and stop.")
  var dryRun = false

  @Argument(help: "Overrides: section.field=value.")
  var overrides: [String] = []

  /// Defaults, then the file, then the command line. A run that goes on keeps its own configuration unless it is given
  /// another file.
  private func configuration() throws -> RunConfiguration {
    var all = overrides
    if let steps { all.append("run.steps=\(steps)") }
    let own = "\(runs)/\(runName)/config.toml"
    let goesOn = config == nil && resume != "never" && FileManager.default.fileExists(atPath: own)
    return try RunConfiguration.load(file: goesOn ? own : config, overrides: all)
  }

  /// The resolved configuration, checked as far as it can be without starting anything.
  func dryRunText() throws -> String {
    let options = try learnerOptions()
    _ = try RunName(options.runName)
    _ = try RunPlan(options.configuration)
    return options.configuration.tomlText()
  }

  /// - Throws: `ConfigurationError` with every problem found.
  func learnerOptions() throws -> LearnerOptions {
    var options = LearnerOptions(configuration: try configuration(), runName: runName)
    options.runsDirectory = runs
    options.resume = LearnerOptions.Resume(resume)
    options.keyPath = key
    options.allowPath = allow
    options.version = tenguVersion
    return options
  }

  /// `--name`, or the configuration file's name and the time.
  var runName: String {
    if let name { return name }
    let base = config.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent } ?? "run"
    let stamp = Date().formatted(
      .verbatim(
        "\(year: .defaultDigits)\(month: .twoDigits)\(day: .twoDigits)-\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))\(minute: .twoDigits)\(second: .twoDigits)",
        timeZone: .gmt, calendar: .init(identifier: .gregorian)))
    return "\(base)-\(stamp)"
  }
}

struct LearnerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learner", abstract: "Train the policy and the reward model from what workers and annotators send.")

  @OptionGroup var arguments: RunOptions

  func run() throws {
    try reportingFailure {
      if arguments.dryRun { return print(try arguments.dryRunText(), terminator: "") }
      let options = try arguments.learnerOptions()
      let signals = try ProcessSignals()
      let learner = try LearnerService.open(options, context: MessagingContext()) {
        signals.next().map { "received \($0)" }
      }
      try learner.run(signals: signals)
    }
  }
}

struct SerialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serial",
    abstract: "Run every role in this process, on one thread: the same seed gives the same weights, bit for bit.")

  @OptionGroup var arguments: RunOptions

  func run() throws {
    try reportingFailure {
      if arguments.dryRun { return print(try arguments.dryRunText(), terminator: "") }
      let options = try arguments.learnerOptions()
      let signals = try ProcessSignals()
      let interruption = { signals.next().map { "received \($0)" } }
      try SerialRun(options, netHackDirectory: arguments.nethack, interruption: interruption).run { signals.next() }
    }
  }
}
