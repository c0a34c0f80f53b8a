import CWire

/// The learner's answer to a peer it takes in.
public struct Welcome: Sendable, Hashable {
  /// What the learner calls the peer from now on.
  public var peerName: String
  public var runName: String
  /// The resolved configuration; empty if the peer's hash showed that it has it.
  public var configuration: String
  public var configurationHash: [UInt8]
  /// The newest.
  public var policyVersion: UInt64
  /// Trajectories each group of the worker may have unacknowledged.
  public var credits: UInt32
  /// The seeds of the worker's episodes start from here.
  public var seed: UInt64

  public init(
    peerName: String, runName: String, configuration: String, configurationHash: [UInt8], policyVersion: UInt64,
    credits: UInt32, seed: UInt64
  ) {
    self.peerName = peerName
    self.runName = runName
    self.configuration = configuration
    self.configurationHash = configurationHash
    self.policyVersion = policyVersion
    self.credits = credits
    self.seed = seed
  }
}

extension Welcome: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.line(peerName, maximumBytes: limits.maximumNameBytes, "welcome.peer_name")
    try Check.line(runName, maximumBytes: limits.maximumNameBytes, "welcome.run_name")
    try Check.text(configuration, maximumBytes: limits.maximumConfigurationBytes, "welcome.configuration_toml")
    try Check.atMost(limits.maximumHashBytes, configurationHash.count, "welcome.configuration_hash")
  }

  func pack(_ arena: PackArena) -> Tengu__Welcome {
    var packed = Tengu__Welcome()
    tengu__welcome__init(&packed)
    packed.peer_name = arena.text(peerName)
    packed.run_name = arena.text(runName)
    packed.configuration_toml = arena.text(configuration)
    packed.configuration_hash = arena.bytes(configurationHash)
    packed.policy_version = policyVersion
    packed.credits = credits
    packed.seed = seed
    return packed
  }

  init(_ packed: Tengu__Welcome) throws(WireError) {
    self.init(
      peerName: try Unpack.text(packed.peer_name, "welcome.peer_name"),
      runName: try Unpack.text(packed.run_name, "welcome.run_name"),
      configuration: try Unpack.text(packed.configuration_toml, "welcome.configuration_toml"),
      configurationHash: Unpack.bytes(packed.configuration_hash),
      policyVersion: packed.policy_version,
      credits: packed.credits,
      seed: packed.seed)
  }
}
