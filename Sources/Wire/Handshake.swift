import CWire
import Tensor
import Trajectories

/// What a peer is. Raw values are the wire's numbers.
public enum Role: UInt32, Sendable, CaseIterable {
  case worker = 1
  case annotator = 2
  /// Asks for the run's status and does nothing else.
  case observer = 3
}

/// A peer's first message, and its first after every reconnection.
public struct Hello: Sendable, Hashable {
  public var role: Role
  /// The name that the peer would like to have; empty = the learner chooses.
  public var name: String
  public var host: String
  /// Hash of the configuration that the peer holds from an earlier Welcome; empty at first contact.
  public var configurationHash: [UInt8]
  /// Rollout threads of a worker; at most `WireLimits.maximumThreads`.
  public var threads: UInt32
  /// `Welcome.runID` of an earlier session; 0 at first contact.
  public var runID: UInt64

  public init(
    role: Role, name: String, host: String, configurationHash: [UInt8] = [], threads: UInt32 = 0, runID: UInt64 = 0
  ) {
    self.role = role
    self.name = name
    self.host = host
    self.configurationHash = configurationHash
    self.threads = threads
    self.runID = runID
  }
}

extension Hello: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.line(name, maximumBytes: limits.maximumNameBytes, "hello.name")
    try Check.line(host, maximumBytes: limits.maximumHostBytes, "hello.host")
    try Check.atMost(limits.maximumHashBytes, configurationHash.count, "hello.configuration_hash")
    try Check.atMost(limits.maximumThreads, Int(clamping: threads), "hello.threads")
  }

  func pack(_ arena: PackArena) -> Tengu__Hello {
    var packed = Tengu__Hello()
    tengu__hello__init(&packed)
    packed.role = Tengu__Role(role.rawValue)
    packed.name = arena.text(name)
    packed.host = arena.text(host)
    packed.configuration_hash = arena.bytes(configurationHash)
    packed.threads = threads
    packed.run_id = runID
    return packed
  }

  init(_ packed: Tengu__Hello) throws(WireError) {
    self.init(
      role: try Unpack.value(packed.role.rawValue, Role.self, "hello.role"),
      name: try Unpack.text(packed.name, "hello.name"),
      host: try Unpack.text(packed.host, "hello.host"),
      configurationHash: Unpack.bytes(packed.configuration_hash),
      threads: packed.threads,
      runID: packed.run_id)
  }
}

/// The learner's answer to a peer that it accepts: everything the peer needs to know of the run.
public struct Welcome: Sendable, Hashable {
  /// The peer's name on the learner's log.
  public var peerName: String
  public var runName: String
  /// The resolved configuration as TOML.
  public var configuration: String
  public var configurationHash: [UInt8]
  /// The worker derives the seeds of its episodes from it.
  public var seed: UInt64
  public var layout: RunLayout
  /// Seconds between two heartbeats of a peer.
  public var heartbeatSeconds: Double
  /// Heartbeat intervals without any message after which a side gives the session up.
  public var heartbeatTolerance: Int
  /// Bytes of a message at most, in both directions.
  public var maximumMessageBytes: Int
  /// The run's number for its whole life; never 0.
  public var runID: UInt64
  /// The session's number, which the peer's later messages carry; never 0.
  public var session: UInt64
  /// Unrolls that the worker may have in flight: granted, and not taken by the trainer yet.
  public var creditLimit: UInt32

  public init(
    peerName: String, runName: String, configuration: String, configurationHash: [UInt8], seed: UInt64,
    layout: RunLayout, heartbeatSeconds: Double, heartbeatTolerance: Int, maximumMessageBytes: Int,
    runID: UInt64, session: UInt64, creditLimit: UInt32
  ) {
    self.peerName = peerName
    self.runName = runName
    self.configuration = configuration
    self.configurationHash = configurationHash
    self.seed = seed
    self.layout = layout
    self.heartbeatSeconds = heartbeatSeconds
    self.heartbeatTolerance = heartbeatTolerance
    self.maximumMessageBytes = maximumMessageBytes
    self.runID = runID
    self.session = session
    self.creditLimit = creditLimit
  }
}

extension Welcome: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.line(peerName, maximumBytes: limits.maximumNameBytes, "welcome.peer_name")
    try Check.line(runName, maximumBytes: limits.maximumNameBytes, "welcome.run_name")
    try Check.text(configuration, maximumBytes: limits.maximumConfigurationBytes, "welcome.configuration_toml")
    try Check.atMost(limits.maximumHashBytes, configurationHash.count, "welcome.configuration_hash")
    try layout.check(limits)
    try Check.positive(heartbeatSeconds, atMost: WireLimits.maximumSeconds, "welcome.heartbeat_seconds")
    try Check.positive(heartbeatTolerance, "welcome.heartbeat_tolerance")
    try Check.positive(maximumMessageBytes, "welcome.maximum_message_bytes")
    try Check.notZero(runID, "welcome.run_id")
    try Check.notZero(session, "welcome.session")
  }

  func pack(_ arena: PackArena) -> Tengu__Welcome {
    var packed = Tengu__Welcome()
    tengu__welcome__init(&packed)
    packed.peer_name = arena.text(peerName)
    packed.run_name = arena.text(runName)
    packed.configuration_toml = arena.text(configuration)
    packed.configuration_hash = arena.bytes(configurationHash)
    packed.seed = seed
    packed.layout = arena.store(layout.pack(arena))
    packed.heartbeat_seconds = heartbeatSeconds
    packed.heartbeat_tolerance = UInt32(clamping: heartbeatTolerance)
    packed.maximum_message_bytes = UInt64(clamping: maximumMessageBytes)
    packed.run_id = runID
    packed.session = session
    packed.credit_limit = creditLimit
    return packed
  }

  init(_ packed: Tengu__Welcome) throws(WireError) {
    guard packed.layout != nil else { throw .invalid(field: "welcome.layout", reason: "is missing") }
    self.init(
      peerName: try Unpack.text(packed.peer_name, "welcome.peer_name"),
      runName: try Unpack.text(packed.run_name, "welcome.run_name"),
      configuration: try Unpack.text(packed.configuration_toml, "welcome.configuration_toml"),
      configurationHash: Unpack.bytes(packed.configuration_hash),
      seed: packed.seed,
      layout: try RunLayout(Unpack.body(packed.layout)),
      heartbeatSeconds: packed.heartbeat_seconds,
      heartbeatTolerance: Int(clamping: packed.heartbeat_tolerance),
      maximumMessageBytes: Int(clamping: packed.maximum_message_bytes),
      runID: packed.run_id,
      session: packed.session,
      creditLimit: packed.credit_limit)
  }
}
