import Environments
import Runtime
import Tensor
import Trajectories

/// Checks that an environment keeps the contract of `Environment`, by playing two instances of it in parallel.
///
/// Both play the same seeds and the same random actions. One has played other episodes before, and the two write into rows
/// that were filled with different bytes. Differences show state that leaks from an earlier episode, another source of
/// randomness, and fields that are not written.
public struct EnvironmentConformance {
  public var entry: EnvironmentEntry
  public var options: EnvironmentOptions
  public var seeds: [UInt64]
  /// Number of steps after which the check abandons an episode; slow worlds need fewer.
  public var maximumSteps: Int
  /// At most this many violations are reported.
  public static let maximumViolations = 20

  public init(
    entry: EnvironmentEntry, options: EnvironmentOptions? = nil, seeds: [UInt64] = Array(0..<20),
    maximumSteps: Int = 1000
  ) {
    self.entry = entry
    self.options = options ?? EnvironmentOptions(task: entry.name)
    self.seeds = seeds
    self.maximumSteps = maximumSteps
  }

  /// All violations as sentences that name task, seed and step; empty if the environment conforms.
  /// - Throws: the errors of creating, resetting and stepping the environment.
  public func violations() throws -> [String] {
    let specification = try entry.specification(options)
    let first = ConformancePlayer(try entry.make(options), specification, poison: 0xA5)
    let second = ConformancePlayer(try entry.make(options), specification, poison: 0x5A)
    var found: [String] = []
    for player in [first, second] where player.environment.specification != specification {
      found.append("\(entry.name): the instance's specification is not the entry's")
    }
    if let problem = specification.actions.problem { found.append("\(entry.name): the space of actions \(problem)") }
    if !found.isEmpty { return found }

    // The second instance plays some episodes first. They must not influence the episodes of the comparison.
    for seed in seeds.prefix(3) { try play(seed: ~seed, actions: seed, [second], &found) }
    for seed in seeds {
      try play(seed: seed, actions: ~seed, [first, second], &found)
      if found.count >= Self.maximumViolations { break }
    }
    return Array(found.prefix(Self.maximumViolations))
  }

  private func play(
    seed: UInt64, actions actionSeed: UInt64, _ players: [ConformancePlayer], _ found: inout [String]
  ) throws {
    let actions = RandomActions(players[0].specification.actions, seed: actionSeed)
    for player in players { try player.reset(seed: seed) }
    inspect(players, "seed \(seed), reset", &found)
    for step in 1...maximumSteps {
      if found.count >= Self.maximumViolations { return }
      let action = actions.next()
      for player in players { try player.step(action) }
      inspect(players, "seed \(seed), step \(step)", &found)
      if let limit = options.maximumEpisodeSteps, step >= limit, !players[0].transition.done {
        found.append("\(entry.name), seed \(seed), step \(step): the episode continues beyond its limit of \(limit)")
        return
      }
      if players.contains(where: \.transition.done) { return }
    }
  }

  private func inspect(_ players: [ConformancePlayer], _ place: String, _ found: inout [String]) {
    for player in players {
      for violation in player.violations() { found.append("\(entry.name), \(place): \(violation)") }
    }
    guard players.count == 2 else { return }
    for violation in players[0].differences(to: players[1]) { found.append("\(entry.name), \(place): \(violation)") }
  }
}

/// An instance under test with its memory: a row filled with a known byte between two guard zones.
final class ConformancePlayer {
  static let guardByteCount = 64

  let environment: any Environment
  let specification: EnvironmentSpecification
  private(set) var transition = Transition(reward: 0)
  private(set) var caption: [UInt8] = []
  private let poison: UInt8
  private let memory: UnsafeMutableRawBufferPointer
  private let captionBuffer = CaptionBuffer()

  init(_ environment: any Environment, _ specification: EnvironmentSpecification, poison: UInt8) {
    self.environment = environment
    self.specification = specification
    self.poison = poison
    memory = .allocate(
      byteCount: specification.observation.rowByteCount + 2 * Self.guardByteCount, alignment: Self.guardByteCount)
  }

  deinit { memory.deallocate() }

  private var row: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[Self.guardByteCount..<(memory.count - Self.guardByteCount)])
  }

  func reset(seed: UInt64) throws {
    transition = Transition(reward: 0)
    try output { try environment.reset(seed: seed, into: $0) }
  }

  func step(_ action: ActionChoice) throws {
    try output { transition = try environment.step(action, into: $0) }
  }

  /// Fills row and caption with known bytes, calls `write` and keeps the caption.
  private func output(_ write: (StepOutput) throws -> Void) throws {
    for index in memory.indices { memory[index] = poison }
    captionBuffer.set(poison == 0xA5 ? "stale caption" : "another stale caption")
    guard let base = memory.baseAddress else { return }  // cannot happen: the guard zones are not empty
    try write(StepOutput(row: base + Self.guardByteCount, caption: captionBuffer))
    caption = Array(captionBuffer.bytes)
  }

  /// Violations that one instance shows.
  func violations() -> [String] {
    var found: [String] = []
    if transition.terminated && transition.truncated { found.append("both terminated and truncated") }
    if transition.succeeded && !transition.done { found.append("succeeded before the episode's last step") }
    // NaN fails this comparison too.
    if !(abs(transition.reward) <= StepValues.maximumMagnitude) { found.append("reward \(transition.reward)") }
    if caption.count > CaptionBuffer.capacity { found.append("caption of \(caption.count) bytes") }
    if caption.contains(0) { found.append("caption with a zero byte") }
    let guards = [memory.prefix(Self.guardByteCount), memory.suffix(Self.guardByteCount)]
    if guards.contains(where: { $0.contains { $0 != poison } }) { found.append("wrote outside its row") }
    for (field, offset) in zip(specification.observation.fields, specification.observation.offsets) {
      found += violations(of: field, at: offset)
    }
    return found
  }

  private func violations(of field: ObservationField, at offset: Int) -> [String] {
    let step = field.type.byteCount
    let values = (0..<field.elementCount).map { value(at: offset + $0 * step, as: field.type) }
    switch field.encoding {
    case .categorical, .tiles, .member:
      let cardinality = field.encoding.categoryCount ?? 0
      guard let wrong = values.first(where: { $0 < 0 || $0 >= Double(cardinality) }) else { return [] }
      return ["field \(field.name) holds \(wrong), its cardinality is \(cardinality)"]
    case .numeric(let scale):
      if scale.count != 1 && scale.count != values.count {
        return ["field \(field.name) has \(values.count) elements and \(scale.count) scales"]
      }
      return floatViolation(field, values)
    case .text, .image, .actionMask, .structuredMask, .hidden: return floatViolation(field, values)
    }
  }

  /// Receivers refuse floats beyond a bound, hidden ones too.
  private func floatViolation(_ field: ObservationField, _ values: [Double]) -> [String] {
    guard field.type == .float32,
      let wrong = values.first(where: { !(abs($0) <= Double(StepValues.maximumMagnitude)) })
    else { return [] }
    return ["field \(field.name) holds \(wrong)"]
  }

  private func value(at offset: Int, as type: ScalarType) -> Double {
    switch type {
    case .uint8: Double(row.load(fromByteOffset: offset, as: UInt8.self))
    case .int8: Double(row.load(fromByteOffset: offset, as: Int8.self))
    case .int16: Double(row.load(fromByteOffset: offset, as: Int16.self))
    case .int32: Double(row.load(fromByteOffset: offset, as: Int32.self))
    case .int64: Double(row.load(fromByteOffset: offset, as: Int64.self))
    case .float32: Double(row.load(fromByteOffset: offset, as: Float.self))
    }
  }

  /// Differences between two instances after the same actions.
  func differences(to other: ConformancePlayer) -> [String] {
    var found: [String] = []
    if transition != other.transition { found.append("\(transition) is not \(other.transition)") }
    if caption != other.caption {
      let texts = [caption, other.caption].map { String(decoding: $0, as: UTF8.self) }
      found.append("caption \"\(texts[0])\" is not \"\(texts[1])\": not seeded, or not written")
    }
    for (field, offset) in zip(specification.observation.fields, specification.observation.offsets) {
      let bytes = offset..<(offset + field.byteCount)
      if !row[bytes].elementsEqual(other.row[bytes]) {
        found.append("field \(field.name) differs between two instances: not seeded, or not written")
      }
    }
    return found
  }
}
