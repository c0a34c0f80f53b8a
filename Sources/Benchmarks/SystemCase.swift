import ActorCritic
import Assembly
import Configuration
import Environments

/// A whole system to measure: a run configuration of cluster/configs with overrides, and its yardstick.
struct SystemCase: Sendable {
  /// Whom a system is measured beside.
  enum Peer: Sendable, Hashable {
    /// ONI's own code, whose frames a second were measured on two quiet cores with a PyTorch that took 940 ms for a
    /// train step of 1024 frames. On another machine it is taken to be as much faster as that train step is.
    case oni(framesPerSecond: Double)
    /// Sample Factory on CartPole, measured in turn.
    case sampleFactory
    /// The system with other overrides behind its own, measured in turn.
    case itself(name: String, overrides: [String])
  }

  /// Seconds of the train step that `Peer.oni` was measured with.
  static let oniTrainStepSeconds = 0.94

  static let all = [
    SystemCase("NetHackScore oni", "nethack-oni", peer: .oni(framesPerSecond: 743)),
    SystemCase(
      "NetHackScore oni, classification", "nethack-oni", ["reward.model=classification"],
      peer: .oni(framesPerSecond: 135)),
    SystemCase("NetHackScore compact", "nethack-score", ["network.kind=compact"]),
    SystemCase(
      "NetHackScore compact, 64 environments", "nethack-score",
      ["network.kind=compact", "worker.threads=2", "worker.environments_per_group=32", "worker.groups_per_thread=1"]),
    // The policy stands still, so that both play alike.
    SystemCase(
      "NetHackScore compact, a learned reward", "nethack-score",
      ["network.kind=compact", "learner.learning_rate=0", "reward.model=classification"],
      peer: .itself(name: "nothing to learn", overrides: ["reward.model=retrieval"])),
    SystemCase("CaptionGrid", "captiongrid"),
    SystemCase("CartPole", "cartpole", peer: .sampleFactory),
  ]

  /// Whether the system is measured beside itself, so that there is no other question than their ratio.
  var isBesideItself: Bool {
    if case .itself = peer { true } else { false }
  }

  let name: String
  /// In cluster/configs.
  let configuration: String
  let overrides: [String]
  let peer: Peer?

  init(_ name: String, _ configuration: String, _ overrides: [String] = [], peer: Peer? = nil) {
    self.name = name
    self.configuration = configuration
    // Runs must not end by themselves, and metrics come every second.
    self.overrides = overrides + ["run.steps=1000000000", "telemetry.interval_seconds=1"]
    self.peer = peer
  }

  /// - Throws: `ConfigurationError` where this build has no such network, task or reward.
  func plan(_ settings: BenchmarkSettings) throws -> RunPlan {
    try RunPlan(
      RunConfiguration.load(file: "cluster/configs/\(configuration).toml", overrides: overrides),
      netHackDirectory: settings.netHackDirectory)
  }
}
