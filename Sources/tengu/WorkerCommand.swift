import ArgumentParser
import Foundation
import Runtime
import Telemetry
import Transport
import Worker

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Play environments for a learner, here or on another machine.")

  @OptionGroup var peer: PeerOptions

  @Option(help: "Rollout threads; without it the run decides, or this machine's cores.")
  var threads: Int?

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads takes a number from 1 to 256.") }
  }

  func run() throws {
    try reportingFailure {
      let signals = try ProcessSignals()
      let log = try peer.logWriter()
      var options = WorkerService.Options(link: try peer.link(), name: peer.name, host: peer.host)
      options.threads = threads
      options.automaticThreads = UsableProcessors.count
      options.givesWay = options.link.endpoint.isLoopback
      options.netHackDirectory = nethack
      let worker = try WorkerService(context: MessagingContext(), options: options, session: peer.session) {
        log.info($0)
      }
      do {
        try worker.run(signals: signals)
      } catch {
        log.error("\(error)")
        // The log on stderr has said it.
        throw peer.log == nil ? ExitCode(1) : error
      }
    }
  }
}
