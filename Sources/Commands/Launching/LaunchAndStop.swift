import ArgumentParser
import Foundation
import Launcher

struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch", abstract: "Start a run on this machine and keep it going until it is over.",
    discussion: """
      Starts one learner, workers and an annotator, and restarts local peers that fail. Ctrl-C or SIGTERM ends the run \
      with a checkpoint; a second signal, at least two seconds later, kills the learner. The exit status is the \
      learner's.

      Examples:
        tengu launch captiongrid --steps 500000 learner.learning_rate=1e-3
        tengu launch --annotator layered --llm-url http://gpu-box:8000 --llm-model Qwen/Qwen2.5-7B-Instruct
        tengu launch --key keys/learner.secret transport.listen=0.0.0.0:5555 --hosts hosts
      """)

  @Argument(
    help: ArgumentHelp(
      "A configuration file or the name of one in cluster/configs (default: nethack-score), and overrides of its fields.",
      valueName: "config | section.field=value"))
  var words: [String] = []

  @Option(help: "Name of the run (default: the configuration's name and the time).")
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Worker processes, each with a thread for every usable core unless worker.threads says otherwise (default: 1).",
      valueName: "workers"))
  var workers: Int?

  @Option(
    help: ArgumentHelp(
      "Learner processes that share every update, under mpirun; each has its own workers (default: 1).",
      valueName: "learners"))
  var learners: Int?

  @Option(
    help: ArgumentHelp(
      "Start workers and annotators on other machines too, over ssh: each line of the file is a host and what runs there, "
        + "such as \"mars workers=2 threads=8\". Needs --key.", valueName: "file"))
  var hosts: String?

  @Option(
    help: ArgumentHelp(
      "Who labels captions: rules, llm, layered, oracle, random or none (annotator.kind). With llm and layered a "
        + "language model is asked; without --llm-url a small one is served on this machine.", valueName: "kind"))
  var annotator: String?

  @OptionGroup var languageModel: LanguageModelArguments

  @Option(help: ArgumentHelp("Serve this GGUF model on this machine instead of the small one.", valueName: "file"))
  var llmGguf: String?

  @Flag(help: "Start the run although no language-model server can be used yet; the annotator keeps trying.")
  var llmLater = false

  @Option(help: "Environment steps after which the run ends (run.steps).")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "auto: continue from the newest checkpoint of the run NAME (without --name: of the newest run), with that run's "
        + "configuration and options unless others are given; best: from that run's best checkpoint; fresh: begin that "
        + "run again at step 0 and keep its "
        + "labels; never: start a new run; or the path of a checkpoint to start from.",
      valueName: "auto|best|fresh|never|path"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      "The learner's secret key, needed to listen beyond this machine. local.secret, a key for the local workers, is "
        + "made in the same folder if it is missing.", valueName: "file"))
  var key: String?

  @Option(
    help: ArgumentHelp(
      "Public keys that may attach: a file or a folder (default: the folder of --key).", valueName: "path"))
  var allow: String?

  @Option(
    defaultAsFlag: 0,
    help: ArgumentHelp(
      "Serve a web page of the run at 127.0.0.1:PORT, and print its address (default port: a free one).",
      valueName: "port"))
  var dashboard: Int?

  @Flag(help: "Return once the run is going; scripts/logs.sh shows its logs, scripts/stop.sh ends it.")
  var detach = false

  /// The run is an arm of an experiment.
  @Flag(help: .hidden)
  var arm = false

  /// The launcher that a detached launch leaves running.
  @Flag(help: .hidden)
  var supervisor = false

  /// Print what is missing on this machine, one word a line, and stop; for scripts/launch.sh.
  @Flag(help: .hidden)
  var missing = false

  func validate() throws {
    if let workers, workers < 0 {
      throw ValidationError("--workers takes a whole number of at least 0, not \(workers).")
    }
    if let dashboard, UInt16(exactly: dashboard) == nil {
      throw ValidationError("--dashboard takes a port of 0 to 65535, not \(dashboard).")
    }
    if let learners, !LearnerProcesses.counts.contains(learners) {
      throw ValidationError(
        "--learners takes a whole number of 1 to \(LearnerProcesses.counts.upperBound), not \(learners).")
    }
    if configurations.count > 1 {
      throw ValidationError("two configurations: \"\(configurations[0])\" and \"\(configurations[1])\".")
    }
    if llmGguf != nil, languageModel.namesModel {
      throw ValidationError(
        "--llm-gguf serves a model on this machine, --llm-url names another server, and with --llm-file the annotator "
          + "needs none; give one.")
    }
  }

  private var configurations: [String] { words.filter { !$0.contains("=") } }

  func run() throws {
    try reportingFailure {
      let installation = Installation()
      try installation.enterHome()
      let plan = try LaunchPlan(options, in: installation)
      if missing {
        for word in plan.missing { print(word) }
        return
      }
      if let notice = plan.notice { say(notice) }
      for problem in try blocking({ try await plan.checkLanguageModel() }) { say("warning: \(problem)") }
      if detach, !supervisor {
        let arguments = CommandLine.arguments.dropFirst() + ["--name", plan.run.name, "--supervisor"]
        return try exit(DetachedLaunch(plan, arguments: Array(arguments)).start())
      }
      try exit(RunLauncher(plan).run())
    }
  }

  /// The launcher that a detached launch leaves repeats nothing that the first one has said.
  private func say(_ line: String) {
    if !supervisor { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
  }

  /// Ends with a status that is not 0 if there is one.
  private func exit(_ status: Int32) throws {
    if status != 0 { throw ExitCode(status) }
  }

  private var options: LaunchOptions {
    var options = LaunchOptions()
    options.configuration = configurations.first
    options.name = name
    options.workers = workers
    options.learners = learners
    options.hosts = hosts
    options.annotator = annotator
    options.languageModel = languageModel.choice
    options.servedModel = llmGguf
    options.steps = steps
    options.resume = resume
    options.key = key
    options.allow = allow
    options.overrides = words.filter { $0.contains("=") }
    options.isArm = arm
    options.dashboardPort = dashboard
    options.isDetached = supervisor
    options.awaitsLanguageModel = llmLater
    return options
  }
}

struct StopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "End a run on this machine: the learner writes a checkpoint, dismisses its peers and exits.",
    discussion: "Waits up to 15 seconds. Exit status 1: the learner did not end, or belongs to another user.")

  @Argument(help: ArgumentHelp("Name or directory of a run (default: the newest).", valueName: "run"))
  var name: String?

  @Flag(help: "The learner will be started again: attached peers wait for it instead of ending.")
  var restart = false

  func run() throws {
    try reportingFailure { try RunStop(run: name, in: Installation())(restart: restart) }
  }
}
