import CWire

/// A worker asks for entries of the run's plan. The learner answers with a `Plan`.
public struct PlanRequest: Sendable, Hashable {
  /// Episodes that the worker would like.
  public var episodes: Int

  public init(episodes: Int) { self.episodes = episodes }
}

extension PlanRequest: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.within(1...WireLimits.maximumPlannedEpisodes, episodes, "plan_request.episodes")
  }

  func pack(_ arena: PackArena) -> Tengu__PlanRequest {
    var packed = Tengu__PlanRequest()
    tengu__plan_request__init(&packed)
    packed.episodes = UInt32(clamping: episodes)
    return packed
  }

  init(_ packed: Tengu__PlanRequest) throws(WireError) { self.init(episodes: Int(clamping: packed.episodes)) }
}

/// A part of what the run's next episodes are to be.
public struct Plan: Sendable, Hashable {
  /// 0 = the run has no plan.
  public var version: UInt64
  /// In the order in which they are to be played; empty if there are none now.
  public var entries: [PlanEntry]

  public init(version: UInt64, entries: [PlanEntry] = []) {
    self.version = version
    self.entries = entries
  }
}

/// Episodes to play, all of which begin alike.
public struct PlanEntry: Sendable, Hashable {
  /// What `FinishedEpisode.entry` repeats.
  public var number: UInt64
  /// The task by which outcomes are counted.
  public var key: Int
  /// Seed of the episodes.
  public var seed: UInt64
  /// Episodes to play.
  public var repeats: Int
  /// What the policy's logits are divided by.
  public var temperature: Float
  /// Text of a goal; empty = the task's own.
  public var goal: [UInt8]
  /// Weight of each value channel in the choice of actions; empty = none.
  public var steering: [Float]
  /// Chance that beginning again is better above which an episode is cut; 0 = never.
  public var abortAbove: Float

  public init(
    number: UInt64, key: Int, seed: UInt64, repeats: Int = 1, temperature: Float = 1, goal: [UInt8] = [],
    steering: [Float] = [], abortAbove: Float = 0
  ) {
    self.number = number
    self.key = key
    self.seed = seed
    self.repeats = repeats
    self.temperature = temperature
    self.goal = goal
    self.steering = steering
    self.abortAbove = abortAbove
  }
}

extension Plan: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.atMost(WireLimits.maximumPlannedEpisodes, entries.count, "plan.entries")
    var episodes = 0
    for (index, entry) in entries.enumerated() {
      try entry.check(limits, "plan.entries[\(index)]")
      episodes += entry.repeats
      try Check.atMost(WireLimits.maximumPlannedEpisodes, episodes, "plan.entries[\(index)].repeats")
    }
  }

  func pack(_ arena: PackArena) -> Tengu__Plan {
    var packed = Tengu__Plan()
    tengu__plan__init(&packed)
    packed.version = version
    packed.n_entries = entries.count
    packed.entries = entries.isEmpty ? nil : arena.array(entries.map { Optional(arena.store($0.pack(arena))) })
    return packed
  }

  init(_ packed: Tengu__Plan) throws(WireError) {
    var entries: [PlanEntry] = []
    // More are refused, so there is no need to read them.
    for index in 0..<min(packed.n_entries, WireLimits.maximumPlannedEpisodes + 1) {
      entries.append(PlanEntry(try Unpack.body(packed.entries?[index])))
    }
    self.init(version: packed.version, entries: entries)
  }
}

extension PlanEntry {
  fileprivate func check(_ limits: WireLimits, _ field: @autoclosure () -> String) throws(WireError) {
    try Check.notZero(number, "\(field()).number")
    try Check.within(0...WireLimits.maximumPlanKeys - 1, key, "\(field()).key")
    try Check.within(1...WireLimits.maximumPlannedEpisodes, repeats, "\(field()).repeats")
    try Check.within(WireLimits.temperatures, temperature, "\(field()).temperature")
    try Check.atMost(limits.maximumCaptionBytes, goal.count, "\(field()).goal")
    try Check.atMost(WireLimits.maximumSteeringChannels, steering.count, "\(field()).steering")
    for weight in steering { try Check.within(WireLimits.steeringWeights, weight, "\(field()).steering") }
    try Check.within(0...1, abortAbove, "\(field()).abort_above")
  }

  fileprivate func pack(_ arena: PackArena) -> Tengu__PlanEntry {
    var packed = Tengu__PlanEntry()
    tengu__plan_entry__init(&packed)
    packed.number = number
    packed.key = UInt32(clamping: key)
    packed.seed = seed
    packed.repeats = UInt32(clamping: repeats)
    packed.temperature = temperature
    packed.goal = arena.bytes(goal)
    packed.n_steering = steering.count
    packed.steering = arena.array(steering)
    packed.abort_above = abortAbove
    return packed
  }

  fileprivate init(_ packed: Tengu__PlanEntry) {
    self.init(
      number: packed.number, key: Int(clamping: packed.key), seed: packed.seed, repeats: Int(clamping: packed.repeats),
      temperature: packed.temperature, goal: Unpack.bytes(packed.goal),
      steering: Unpack.array(packed.steering, packed.n_steering), abortAbove: packed.abort_above)
  }
}
