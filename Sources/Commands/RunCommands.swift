import ArgumentParser
import Assembly
import Configuration
import Foundation
import Learner
import Ranks
import Runtime
import Serial
import Transport

/// Options that `learner` and `serial` share: the run and its configuration.
struct RunOptions: ParsableArguments {
  @Option(help: "A configuration file in TOML, such as cluster/configs/captiongrid.toml.")
  var config: String?

  @Option(help: "Name of the run (default: the name of the configuration and the time). Its directory is RUNS/NAME.")
  var name: String?

  @Option(help: ArgumentHelp("Folder of the run directories.", valueName: "dir"))
  var runs = "runs"

  @Option(
    help: ArgumentHelp(
      "auto: resume the run if it exists; best: resume it from its best checkpoint (evaluation.every_steps); fresh: begin "
        + "again at step 0 and keep the labels; never: refuse an existing run; or the path of a checkpoint to start from.",
      valueName: "auto|best|fresh|never|path"))
  var resume = "never"

  @Option(help: "Number of environment steps after which the run ends (run.steps).")
  var steps: Int?

  @Option(help: ArgumentHelp("Secret CURVE key of the learner; needed to listen beyond loopback.", valueName: "file"))
  var key: String?

  @Option(
    help: ArgumentHelp(
      "Public keys of the peers that may connect: a folder of *.public files, or one file.", valueName: "path"))
  var allow: String?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  /// The run is an arm of an experiment or a benchmark: overrides that all arms share may have no effect in it.
  @Flag(help: .hidden)
  var arm = false

  @Flag(help: "Print the resolved configuration and exit.")
  var dryRun = false

  @Argument(help: "Fields to override, as section.field=value.")
  var overrides: [String] = []

  /// Defaults, then the file, then the command line. A resumed run keeps its own configuration unless `--config` names
  /// another file.
  private func configuration() throws -> RunConfiguration {
    var all = overrides
    if let steps { all.append("run.steps=\(steps)") }
    let configuration = try Registries.standard.configuration(file: try configurationFile(), overrides: all)
    try RunPlan(configuration).checkEffects(of: arm ? [] : overrides)
    return configuration
  }

  /// - Throws: `ConfigurationError` if the run that is to be resumed is not there, so that a misspelt name does not begin
  ///   a run of its own.
  private func configurationFile() throws(ConfigurationError) -> String? {
    guard ["auto", "fresh", "best"].contains(resume) else { return config }
    guard let name else { throw ConfigurationError(["--resume \(resume) needs --name, the run to resume"]) }
    if let config { return config }
    let own = "\(runs)/\(name)/config.toml"
    if FileManager.default.fileExists(atPath: own) { return own }
    throw ConfigurationError([
      "\(RunNames(in: runs).unknown(name)); to begin a new run of that name, name its configuration with --config"
    ])
  }

  /// The resolved configuration, with every check that needs no running part.
  func dryRunText() throws -> String {
    let options = try learnerOptions()
    _ = try RunName(options.runName)
    _ = try RunPlan(options.configuration)
    return options.configuration.tomlText()
  }

  /// - Throws: `ConfigurationError` that lists every problem.
  func learnerOptions() throws -> LearnerOptions {
    try applied(to: LearnerOptions(configuration: configuration(), runName: runName))
  }

  /// Options with the folders and keys that the command line names.
  func applied(to options: LearnerOptions) -> LearnerOptions {
    var options = options
    options.runsDirectory = runs
    options.resume = LearnerOptions.Resume(resume)
    options.keyPath = key
    options.allowPath = allow
    options.version = tenguVersion
    options.evaluator = evaluator
    return options
  }

  /// This program, which evaluates what the run saves. The launcher names the game's folder in the environment.
  private var evaluator: Evaluator {
    let folder = nethack ?? ProcessInfo.processInfo.environment["TENGU_NETHACK"]
    return Evaluator(ProgramCall(ownProgram, ["eval"] + (folder.map { ["--nethack", $0] } ?? [])))
  }

  /// `--name`, or the name of the configuration file and the time.
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
    commandName: "learner", abstract: "Train the policy and the reward model with the data of workers and annotators.")

  @OptionGroup var arguments: RunOptions

  func validate() throws {
    if arguments.nethack != nil { throw ValidationError("a learner plays no game; --nethack is an option of workers.") }
  }

  func run() throws {
    try reportingFailure {
      if arguments.dryRun { return print(try arguments.dryRunText(), terminator: "") }
      let signals = try ProcessSignals()
      let interruption = { signals.next().map { "received \($0)" } }
      let ranks = try Self.ranks(interruption)
      do {
        var own = arguments.applied(to: LearnerOptions(configuration: RunConfiguration(), runName: ""))
        own.ranksOfThisMachine = Self.ranksOfThisMachine
        let options = try LearnerOptions.agreed(ranks, own: own) { try arguments.learnerOptions() }
        let learner = try LearnerService.open(options, context: MessagingContext(), interruption: interruption)
        (ranks as? MPICommunicator)?.interruption = { nil }
        try learner.run(signals: signals)
        // A scheduler that sent SIGUSR1 sees from the status that the run is not over.
        if learner.comesBack, case .stopped? = learner.end { throw ExitCode(ExitStatus.startAgain) }
      } catch is RankRefusal {
        // Rank 0 says why.
      }
    }
  }

  /// The learners that mpirun or srun has started together; this one alone if nothing has.
  private static func ranks(_ interruption: @escaping () -> String?) throws -> any Communicator {
    guard let ranks = try MPICommunicator.join(environment: ProcessInfo.processInfo.environment) else {
      return SingleLearner()
    }
    ranks.interruption = interruption
    return ranks
  }

  /// How many of them share this machine.
  private static var ranksOfThisMachine: Int {
    let environment = ProcessInfo.processInfo.environment
    let local = environment["OMPI_COMM_WORLD_LOCAL_SIZE"] ?? environment["SLURM_NTASKS_PER_NODE"]
    return local.flatMap { Int($0) }.map { max(1, $0) } ?? 1
  }
}

/// Ends a process whose main thread waits for an environment that does not return.
private func endStuck(_ text: String) {
  FileHandle.standardError.write(Data("tengu: \(text)\n".utf8))
  _exit(1)
}

struct SerialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serial",
    abstract: "Run all roles on one thread of this process. The same seed gives the same weights, bit for bit.")

  @OptionGroup var arguments: RunOptions

  /// Fields that only processes of their own read.
  private static let fieldsWithoutEffect = ["transport.", "worker.threads=", "reward.core_share="]

  func validate() throws {
    guard arguments.key == nil, arguments.allow == nil else {
      throw ValidationError("tengu serial listens nowhere; --key and --allow are options of a learner.")
    }
    for override in arguments.overrides
    where !arguments.arm && Self.fieldsWithoutEffect.contains(where: override.hasPrefix) {
      throw ValidationError(
        "\(override.prefix { $0 != "=" }) has no effect: tengu serial is one thread of one process.")
    }
  }

  func run() throws {
    try reportingFailure {
      if arguments.dryRun { return print(try arguments.dryRunText(), terminator: "") }
      let options = try arguments.learnerOptions()
      let signals = try ProcessSignals()
      let interruption = { signals.next().map { "received \($0)" } }
      let run = try SerialRun(
        options, netHackDirectory: arguments.nethack, stuck: endStuck, interruption: interruption)
      try run.run { signals.next() }
    }
  }
}
