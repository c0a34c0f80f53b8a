import ArgumentParser
import Launcher

struct AttachCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Attach workers or annotators of this machine to a learner anywhere.",
    discussion: """
      Peers may come and go at any time. Ctrl-C ends them, and so does the learner when the run is over. Their log is \
      shown, each line after the peer's name. The exit status is the first one of a peer that is not 0.

      Examples:
        tengu attach mars:5555 --key venus.secret --workers 2
        tengu attach mars:5555,mars:5556 --workers 4
        tengu attach 127.0.0.1:5555 --role annotator --llm-url http://127.0.0.1:8080
      """)

  @Argument(
    help: ArgumentHelp(
      "Where the learner listens. Of several learners of a run, all addresses with commas between them: each worker "
        + "attaches to the next one.", valueName: "host:port"))
  var address: String

  private var addresses: [String] {
    address.split { $0 == "," || $0.isWhitespace }.map(String.init)
  }

  @Option(
    help: ArgumentHelp("This machine's secret key; needed unless the learner is on this machine.", valueName: "file"))
  var key: String?

  @Option(help: "Processes to start.")
  var workers = 1

  @Option(help: "worker or annotator.")
  var role = PeerAttachment.Role.worker

  @OptionGroup var languageModel: LanguageModelArguments

  @Option(help: "Rollout threads of each worker (default: the run's configuration).")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Python interpreter for tasks in Python; without it, only a learner on this machine may name one.",
      valueName: "path"))
  var python: String?

  @Option(help: "What the learner calls this machine (default: its host name); peers are NAME-1, NAME-2, ...")
  var name: String?

  func validate() throws {
    if workers < 1 { throw ValidationError("--workers takes a whole number of at least 1, not \(workers).") }
    for address in addresses.isEmpty ? [address] : addresses {
      let parts = address.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count > 1, let port = parts.last, !port.isEmpty, port.allSatisfy(\.isNumber), parts[0] != "" else {
        throw ValidationError("the learner's address is HOST:PORT, not \"\(address)\".")
      }
    }
    if role == .worker, !languageModel.isEmpty {
      throw ValidationError("a worker asks no language model; add --role annotator.")
    }
  }

  func run() throws {
    try reportingFailure {
      var options = PeerAttachment.Options(addresses: addresses)
      options.role = role
      options.count = workers
      options.key = key
      options.threads = threads
      options.python = python
      options.name = name
      options.languageModel = languageModel.choice
      let status = try PeerAttachment(options, in: Installation()).run()
      if status != 0 { throw ExitCode(status) }
    }
  }
}

extension PeerAttachment.Role: ExpressibleByArgument {}

extension LanguageModelArguments {
  var choice: LanguageModelChoice {
    var choice = LanguageModelChoice()
    choice.urls = urls
    choice.file = file
    choice.model = model
    choice.keyFile = keyFile
    choice.prompt = prompt
    return choice
  }
}
