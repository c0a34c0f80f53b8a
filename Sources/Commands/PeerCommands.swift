import Annotator
import ArgumentParser
import Assembly
import Configuration
import Environments
import Foundation
import Relay
import Runtime
import Telemetry
import Transport
import Wire
import Worker

/// Options of every process that connects to a learner.
struct PeerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Address of the learner.", valueName: "host:port"))
  var connect: String

  @Option(
    help: ArgumentHelp(
      "Secret CURVE key of this peer; `tengu keys new NAME --role ROLE --learner FILE` creates one.", valueName: "file")
  )
  var key: String?

  @Option(help: "Name of this peer in the log of the learner.")
  var name = ""

  @Option(help: ArgumentHelp("Write the log to this file instead of stderr.", valueName: "file"))
  var log: String?

  /// - Throws: `TransportError` that names the address or the key file.
  func link() throws -> LearnerLink.Options {
    let endpoint = try Endpoint(connect)
    guard let key else {
      guard endpoint.isLoopback else { throw TransportError.keysRequired(endpoint.description) }
      return LearnerLink.Options(endpoint: endpoint)
    }
    let file = try KeyFile(readingSecret: key)
    guard let learner = file.learner else {
      throw TransportError.key(
        key,
        reason:
          "does not name the learner's key; make it with `tengu keys new NAME --role ROLE --learner keys/learner.public`"
      )
    }
    return LearnerLink.Options(endpoint: endpoint, security: .curve(own: file.pair, learner: learner))
  }

  /// Distinguishes the sessions of this process from those of others.
  var session: UInt64 { UInt64.random(in: 1 ... .max) }

  /// The log: the file of `--log`, or stderr.
  func logWriter() throws -> LogWriter {
    try log.map { try LogWriter(file: $0, stream: nil) } ?? LogWriter(stream: STDERR_FILENO)
  }

  /// Runs a role. The log says what ended it, and so does stderr if the log is a file.
  /// - Throws: the exit status of what ended it.
  func reporting(to log: LogWriter, _ run: () throws -> Void) throws {
    do {
      try run()
    } catch {
      log.error("\(error)")
      if self.log != nil { FileHandle.standardError.write(Data("tengu: \(text(of: error))\n".utf8)) }
      throw ExitCode(exitStatus(of: error))
    }
  }

  var host: String { ProcessInfo.processInfo.hostName }
}

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Play environments for a learner on this or another machine.")

  @OptionGroup var peer: PeerOptions

  @Option(
    help: "Number of rollout threads, 1 to 256 (default: worker.threads of the run, or one for each usable core).")
  var threads: Int?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  @Option(
    help: ArgumentHelp(
      "Python interpreter for tasks in Python, which the learner names: without this option, only a learner on this machine "
        + "may name one.", valueName: "path"))
  var python: String?

  @Option(
    help: ArgumentHelp(
      "Memory that the learner's run may take in this process, in MiB (default: half of the usable memory).",
      valueName: "megabytes"))
  var memory: Int?

  func validate() throws {
    if let memory, memory < 1 { throw ValidationError("--memory must be at least 1, not \(memory).") }
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads must be from 1 to 256, not \(threads).")
    }
  }

  func run() throws {
    try reportingFailure {
      let signals = try ProcessSignals()
      let log = try peer.logWriter()
      var options = WorkerService.Options(link: try peer.link(), name: peer.name, host: peer.host)
      options.threads = threads
      options.automaticThreads = UsableProcessors.count
      options.runsInIdleTime = options.link.endpoint.isLoopback
      options.netHackDirectory = nethack
      options.programs = .naming(python, for: options.link.endpoint)
      if let memory { options.memoryBytes = Double(memory) * 1_048_576 }
      let worker = try WorkerService(context: MessagingContext(), options: options, seed: peer.session) {
        log.info($0)
      }
      try peer.reporting(to: log) { try worker.run(signals: signals) }
    }
  }
}

struct RelayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Pass on the trajectories of many workers to a learner, and its policies to them, over one connection.",
    discussion: """
      Start one where many workers are far from the learner, and connect them to the relay instead: every policy and every \
      caption then travels the long way once. Annotators and `tengu status` connect to the learner.
      """)

  @OptionGroup var peer: PeerOptions

  @Option(
    help: ArgumentHelp(
      "Address for the workers; port 0 takes a free port. Beyond this machine it needs --serve-key and --allow.",
      valueName: "host:port"))
  var listen = "127.0.0.1:0"

  @Option(
    help: ArgumentHelp("Secret CURVE key that the workers know this relay by, as a learner's.", valueName: "file"))
  var serveKey: String?

  @Option(help: ArgumentHelp("Folder or file of the public keys of the workers that may connect.", valueName: "path"))
  var allow: String?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  @Option(
    help: ArgumentHelp(
      "Python interpreter for tasks in Python, whose sizes the relay asks for: without this option, only a learner on this "
        + "machine may name one.", valueName: "path"))
  var python: String?

  func run() throws {
    try reportingFailure {
      let signals = try ProcessSignals()
      let log = try peer.logWriter()
      var options = RelayOptions(
        link: try peer.link(), listen: try Endpoint(listen), name: peer.name, host: peer.host)
      (options.keyPath, options.allowPath) = (serveKey, allow)
      options.netHackDirectory = nethack
      options.programs = .naming(python, for: options.link.endpoint)
      let relay = RelayService(context: try MessagingContext(), options: options, seed: peer.session, log: log)
      try peer.reporting(to: log) { try relay.run(signals: signals) }
    }
  }
}

extension Programs {
  /// A learner on another machine must not choose what runs on this one.
  fileprivate static func naming(_ interpreter: String?, for learner: Endpoint) -> Programs {
    if let interpreter { return .interpreter(interpreter) }
    return learner.isLoopback
      ? .asConfigured : .refused("start this program with --python INTERPRETER to run what the learner names")
  }
}

struct AnnotatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotator", abstract: "Label the captions of a run.")

  @OptionGroup var peer: PeerOptions
  @OptionGroup var languageModel: LanguageModelArguments

  @Option(
    help: ArgumentHelp(
      "A configuration whose [language_model] names servers, key and prompt files of this machine; --llm options "
        + "replace them.", valueName: "file"))
  var config: String?

  /// The servers, key and files that this command line and its configuration name.
  private func access() throws -> LanguageModelAccess {
    let file = try config.map { try Registries.standard.configuration(file: $0) }
    let section = file?.languageModel ?? LanguageModelSection()
    var access = LanguageModelAccess(languageModel.applied(to: section))
    access.prompt = languageModel.prompt ?? ""
    return access
  }

  func run() throws {
    try reportingFailure {
      let signals = try ProcessSignals()
      let log = try peer.logWriter()
      var options = AnnotatorService.Options(link: try peer.link(), name: peer.name, host: peer.host)
      options.access = try access()
      options.localModel = try options.access.readModel { log.info($0) }
      let annotator = try AnnotatorService(context: MessagingContext(), options: options, session: peer.session) {
        log.info($0)
      }
      try peer.reporting(to: log) { try annotator.run(signals: signals) }
    }
  }
}
