import Annotator
import ArgumentParser
import Foundation
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
      "Secret CURVE key of this peer; `tengu keys new NAME --learner FILE` creates one.", valueName: "file"))
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
        key, reason: "does not name the learner's key; make it with `tengu keys new NAME --learner keys/learner.public`"
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

  func validate() throws {
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
      let worker = try WorkerService(context: MessagingContext(), options: options, seed: peer.session) {
        log.info($0)
      }
      do {
        try worker.run(signals: signals)
      } catch {
        log.error("\(error)")
        // The log on stderr shows the error already.
        throw peer.log == nil ? ExitCode(exitStatus(of: error)) : error
      }
    }
  }
}

struct AnnotatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotator", abstract: "Label the captions of a run.")

  @OptionGroup var peer: PeerOptions
  @OptionGroup var languageModel: LanguageModelArguments

  func run() throws {
    try reportingFailure {
      let signals = try ProcessSignals()
      let log = try peer.logWriter()
      var options = AnnotatorService.Options(link: try peer.link(), name: peer.name, host: peer.host)
      options.languageModel = languageModel.applied(to:)
      let annotator = try AnnotatorService(context: MessagingContext(), options: options, session: peer.session) {
        log.info($0)
      }
      do {
        try annotator.run(signals: signals)
      } catch {
        log.error("\(error)")
        // The log on stderr shows the error already.
        throw peer.log == nil ? ExitCode(exitStatus(of: error)) : error
      }
    }
  }
}
