import Annotator
import ArgumentParser
import Runtime
import Telemetry
import Transport

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
        // The log on stderr has said it.
        throw peer.log == nil ? ExitCode(1) : error
      }
    }
  }
}
