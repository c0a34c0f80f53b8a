import ArgumentParser
import Benchmarks
import Runtime

/// Groups that measure several processes: the transport, the annotator's client, whole systems.
struct BenchTransport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transport",
    abstract: "Trajectories per second between two processes over TCP loopback, compared with libzmq from plain C.")

  @OptionGroup var options: BenchOptions

  @Option(
    help: ArgumentHelp("The compiled scripts/bench/zmq_router.c; scripts/bench.sh compiles it.", valueName: "file"))
  var zmq = ".build/bench/zmq_router"

  func run() throws {
    var settings = options.settings(seconds: 1)
    settings.zmqProgram = zmq
    try options.report { show in
      try TransportBenchmark.run(settings, program: Programs.bench, show: show)
    }
  }
}

/// One end of `tengu-bench transport`, in its own process.
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

struct BenchAnnotator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotator",
    abstract: "Labels per second from a fake language model that takes 200 ms, compared with asking in batches.")

  @OptionGroup var options: BenchOptions

  func run() throws {
    try options.report { show in
      try AnnotatorBenchmark.run(options.settings(seconds: 2), program: Programs.bench, show: show)
    }
  }
}

/// The fake language model of `tengu-bench annotator`, in its own process.
struct BenchAnnotatorPeer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "annotator-peer", shouldDisplay: false)

  @Argument var pace: AnnotatorPeer.Pace

  func run() throws {
    try reportingFailure { try AnnotatorPeer.serve(pace) }
  }
}

extension AnnotatorPeer.Pace: ExpressibleByArgument {}

struct BenchSystem: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "system",
    abstract: "Whole runs on this machine: frames per second, compared with ONI or Sample Factory and with the bound.")

  @OptionGroup var options: BenchOptions
  @OptionGroup var torch: TorchOption

  @Option(
    help: ArgumentHelp(
      "A Python that has Sample Factory; scripts/bench/setup-peers.sh installs one.", valueName: "file"))
  var sampleFactory = ".deps/sample-factory-venv/bin/python"

  @Option(help: ArgumentHelp("The tengu program to measure (default: the one next to tengu-bench).", valueName: "file"))
  var tengu = Programs.tengu

  @Argument(help: "Systems to measure, such as CaptionGrid (default: all).")
  var systems: [String] = []

  func run() throws {
    var settings = options.settings(seconds: 10)
    settings.torchPython = torch.torch
    settings.sampleFactoryPython = sampleFactory
    Interruption.watch()
    try options.report { show in
      try SystemBenchmark.run(settings, program: tengu, only: systems, show: show)
    }
  }
}
