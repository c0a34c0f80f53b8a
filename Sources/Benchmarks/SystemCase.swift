import ActorCritic
import Assembly
import Configuration
import Environments
import Foundation

/// A whole system to measure: a configuration of cluster/configs with overrides, and what it is compared with.
struct SystemCase: Sendable {
  /// What a system is compared with.
  enum Peer: Sendable, Hashable {
    /// ONI's own code. Its frames per second were measured on two idle cores on which PyTorch took 940 ms for
    /// a train step from 1024 frames. On another machine the number is scaled by the duration of that train step.
    case oni(framesPerSecond: Double)
    /// Sample Factory on CartPole, measured in alternating rounds.
    case sampleFactory
    /// The same system with further overrides, measured in alternating rounds.
    case itself(name: String, overrides: [String])
  }

  /// Seconds of PyTorch's train step on the machine where `Peer.oni` was measured.
  static let oniTrainStepSeconds = 0.94

  static let all = [
    SystemCase("NetHackScore oni", "nethack-oni", peer: .oni(framesPerSecond: 743)),
    SystemCase(
      "NetHackScore oni, classification", "nethack-oni", ["reward.model=classification"],
      peer: .oni(framesPerSecond: 135)),
    SystemCase("NetHackScore compact", "nethack-score", ["network.kind=compact"]),
    SystemCase(
      "NetHackScore compact, 64 environments", "nethack-score",
      [
        "network.kind=compact", "worker.threads=2", "worker.environments_per_group=32", "worker.groups_per_thread=1",
        "learner.batch_size=1024",
      ]),
    // The policy does not change, so both sides play the same kind of games.
    SystemCase(
      "NetHackScore compact, a learned reward", "nethack-score",
      ["network.kind=compact", "learner.learning_rate=0", "reward.model=classification"],
      peer: .itself(name: "nothing to learn", overrides: ["reward.model=retrieval"])),
    SystemCase("CaptionGrid", "captiongrid"),
    SystemCase("CartPole", "cartpole", peer: .sampleFactory),
  ]

  /// Whether the system is compared with a variant of itself. Only their ratio matters then, so no bound is measured.
  var isComparedWithItself: Bool {
    if case .itself = peer { true } else { false }
  }

  let name: String
  /// Name of the file in cluster/configs, without ".toml".
  let configuration: String
  let overrides: [String]
  let peer: Peer?

  init(_ name: String, _ configuration: String, _ overrides: [String] = [], peer: Peer? = nil) {
    self.name = name
    self.configuration = configuration
    // The run must last as long as the measurement, with metrics every second.
    self.overrides = overrides + ["run.steps=1000000000", "telemetry.interval_seconds=1"]
    self.peer = peer
  }

  /// - Throws: `ConfigurationError` if this build lacks the network, task or reward.
  func plan(_ settings: BenchmarkSettings) throws -> RunPlan {
    try RunPlan(
      Registries.standard.configuration(file: "cluster/configs/\(configuration).toml", overrides: overrides),
      netHackDirectory: settings.netHackDirectory)
  }
}

extension SystemCase {
  /// Launches the system, waits a third of `settings.seconds` to warm up, measures for `settings.seconds`, and ends it.
  /// - Throws: `BenchmarkError` if the run ends early.
  func window(_ settings: BenchmarkSettings, program: String) throws -> SystemWindow {
    let run = try LaunchedRun(
      program: program, configuration: configuration, overrides: overrides,
      netHackDirectory: settings.netHackDirectory)
    return try withExtendedLifetime(run) {
      try SystemWindow(run, warmUp: settings.seconds / 3, seconds: settings.seconds)
    }
  }
}

extension SystemCase.Peer {
  /// Name in the tables.
  var name: String {
    switch self {
    case .oni(let framesPerSecond): "ONI (\(Int(framesPerSecond)), rescaled)"
    case .sampleFactory: "Sample Factory"
    case .itself(let name, _): name
    }
  }

  /// A closure that measures the frames per second of the peer once.
  /// - Parameter system: the system that is compared with the peer.
  /// - Throws: `BenchmarkError` if this machine does not have the peer.
  func measuring(
    of system: SystemCase, _ settings: BenchmarkSettings, program: String
  ) throws -> (_ round: Int) throws -> Double {
    switch self {
    case .oni(let framesPerSecond):
      let torch = try settings.torch().get()
      return { _ in
        framesPerSecond * SystemCase.oniTrainStepSeconds
          / (try torch.secondsPerCall("train 1024 \(min(settings.seconds, 3))"))
      }
    case .sampleFactory:
      let python = settings.sampleFactoryPython
      guard FileManager.default.isExecutableFile(atPath: python) else {
        throw BenchmarkError("no Sample Factory at \(python); scripts/bench/setup-peers.sh installs it")
      }
      return { _ in try Self.sampleFactory(python, seconds: settings.seconds) }
    case .itself(let name, let overrides):
      let other = SystemCase(name, system.configuration, system.overrides + overrides)
      return { _ in try other.window(settings, program: program).framesPerSecond }
    }
  }

  private static func sampleFactory(_ python: String, seconds: Double) throws -> Double {
    struct Answer: Decodable { var framesPerSecond: Double }
    let process = try LineProcess(
      python, ["scripts/bench/sample_factory_cartpole.py", "--seconds", "\(seconds)", "--warm-up", "\(seconds / 3)"])
    let answer = try process.decoded(Answer.self)
    try process.awaitEnd()
    return answer.framesPerSecond
  }
}
