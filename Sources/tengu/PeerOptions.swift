import ArgumentParser
import Foundation
import Telemetry
import Transport
import Wire

/// What every process that connects to a learner is told.
struct PeerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where the learner listens.", valueName: "host:port"))
  var connect: String

  @Option(
    help: ArgumentHelp(
      "This peer's secret CURVE key, made with `tengu keys new NAME --learner FILE`.", valueName: "file"))
  var key: String?

  @Option(help: "What to be called on the learner's log.")
  var name = ""

  @Option(help: ArgumentHelp("Write the log here instead of to stderr.", valueName: "file"))
  var log: String?

  /// - Throws: `TransportError` naming the address or the key file.
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

  /// Tells this process's sessions from those of any other.
  var session: UInt64 { UInt64.random(in: 1 ... .max) }

  /// The role's log: in `--log`, or on stderr.
  func logWriter() throws -> LogWriter {
    try log.map { try LogWriter(file: $0, stream: nil) } ?? LogWriter(stream: STDERR_FILENO)
  }

  var host: String { ProcessInfo.processInfo.hostName }
}
