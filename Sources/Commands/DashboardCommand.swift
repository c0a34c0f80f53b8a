import ArgumentParser
import Assembly
import Configuration
import Dashboard
import Foundation
import NetHack
import Runtime

struct DashboardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard", abstract: "Serve a web page of runs: curves, workers, captions, the latest episode.",
    discussion: """
      The page reads run directories and asks learners of this machine for their status; it changes nothing. Beyond \
      loopback it asks for a token, which is part of the address that is printed; it is not encrypted.

      Examples:
        tengu dashboard runs
        tengu dashboard runs/mine runs/other --listen 127.0.0.1:8090
      """)

  @Argument(help: ArgumentHelp("Run directories, or folders of run directories.", valueName: "run"))
  var runs: [String] = ["runs"]

  @Option(help: ArgumentHelp("HOST:PORT to listen on; port 0 takes a free port.", valueName: "host:port"))
  var listen = "127.0.0.1:8090"

  @Option(help: ArgumentHelp("Secret CURVE key of a peer, for learners that ask for one.", valueName: "file"))
  var key: String?

  @Option(help: ArgumentHelp("Write the page's address to this file once it is served.", valueName: "file"))
  var readyFile: String?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack = NetHackTasks.standardDirectory

  /// Seconds that a learner may take to answer: shorter than a browser is kept waiting.
  private static let statusSeconds = 2.0

  func validate() throws {
    let port = listen.split(separator: ":").last.flatMap { UInt16($0) }
    guard listen.contains(":"), port != nil else {
      throw ValidationError("--listen is HOST:PORT, such as 127.0.0.1:8090, not \"\(listen)\".")
    }
  }

  func run() throws {
    try reportingFailure {
      let signals = try ProcessSignals()
      PrivateFiles.begin()
      let key = key
      let program = DashboardServer.Program(
        netHackDirectory: nethack,
        readConfiguration: { path in
          guard let text = try TextFile.read(path) else { throw ConfigurationError(["there is no \(path)"]) }
          return try Registries.standard.configuration(toml: text, fileName: path)
        },
        askStatus: { try StatusConnection(target: $0, key: key).ask(patience: Self.statusSeconds) })
      let server = try DashboardServer(try ShownRuns(runs), address: listen, program: program)
      if let readyFile { try PosixFileSystem().deliver(Array("\(server.url)\n".utf8), to: readyFile) }
      print("dashboard: \(server.url)")
      try StandardOutput.flush()
      var waiting = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
      while signals.next() == nil { poll(&waiting, 1, -1) }
      server.close()
    }
  }
}
