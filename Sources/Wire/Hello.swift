import CWire

/// What a peer is. Raw values are the wire's numbers.
public enum Role: UInt32, Sendable, CaseIterable {
  case worker = 1
  case annotator = 2
  /// Looks at the run's status and does nothing else.
  case observer = 3
}

/// A peer's first message, and its first after every reconnection.
public struct Hello: Sendable, Hashable {
  public var role: Role
  /// What the peer wants to be called; empty = the learner chooses.
  public var name: String
  public var host: String
  public var processID: UInt32
  /// Drawn at random when the process starts; the same number again says that nothing was forgotten.
  public var session: UInt64
  /// Of the configuration the peer already holds; empty at first contact.
  public var configurationHash: [UInt8]
  public var threads: UInt32
  public var environments: UInt32

  public init(
    role: Role, name: String, host: String, processID: UInt32, session: UInt64, configurationHash: [UInt8] = [],
    threads: UInt32 = 0, environments: UInt32 = 0
  ) {
    self.role = role
    self.name = name
    self.host = host
    self.processID = processID
    self.session = session
    self.configurationHash = configurationHash
    self.threads = threads
    self.environments = environments
  }
}

extension Hello: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.line(name, maximumBytes: limits.maximumNameBytes, "hello.name")
    try Check.line(host, maximumBytes: limits.maximumHostBytes, "hello.host")
    try Check.atMost(limits.maximumHashBytes, configurationHash.count, "hello.configuration_hash")
  }

  func pack(_ arena: PackArena) -> Tengu__Hello {
    var packed = Tengu__Hello()
    tengu__hello__init(&packed)
    packed.role = Tengu__Role(role.rawValue)
    packed.name = arena.text(name)
    packed.host = arena.text(host)
    packed.process_id = processID
    packed.session = session
    packed.configuration_hash = arena.bytes(configurationHash)
    packed.threads = threads
    packed.environments = environments
    return packed
  }

  init(_ packed: Tengu__Hello) throws(WireError) {
    self.init(
      role: try Unpack.value(packed.role.rawValue, Role.self, "hello.role"),
      name: try Unpack.text(packed.name, "hello.name"),
      host: try Unpack.text(packed.host, "hello.host"),
      processID: packed.process_id,
      session: packed.session,
      configurationHash: Unpack.bytes(packed.configuration_hash),
      threads: packed.threads,
      environments: packed.environments)
  }
}
