import ArgumentParser
import Benchmarks

struct BenchTransport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transport",
    abstract: "Trajectories a second between two processes over TCP loopback, beside libzmq from plain C.")

  @OptionGroup var options: BenchOptions

  @Option(help: ArgumentHelp("scripts/bench/zmq_router.c, compiled; scripts/bench.sh does that.", valueName: "file"))
  var zmq = ".build/bench/zmq_router"

  func run() throws {
    var settings = options.settings(seconds: 1)
    settings.zmqProgram = zmq
    try options.report { show in
      try TransportBenchmark.run(settings, program: Programs.bench, show: show)
    }
  }
}

/// One end of `tengu-bench transport`, in a process of its own.
struct BenchTransportPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "transport-peer", shouldDisplay: false)

  enum End: String, ExpressibleByArgument {
    case router, dealer
  }

  @Argument var end: End
  @Argument var count: Int
  @Option var address = ""
  @Option var bytes = 0

  func run() throws {
    try reportingFailure {
      switch end {
      case .router: try TransportPeer.route(count: count)
      case .dealer: try TransportPeer.deal(address: address, count: count, bytes: bytes)
      }
    }
  }
}
