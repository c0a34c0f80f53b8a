import Environments
import Tensor
import Trajectories

/// One instance under test with the memory it writes to: a poisoned row between two guard zones.
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

  func step(_ action: Int) throws {
    try output { transition = try environment.step(action, into: $0) }
  }

  /// Poisons row and caption, lets `write` fill them and keeps the caption.
  private func output(_ write: (StepOutput) throws -> Void) throws {
    for index in memory.indices { memory[index] = poison }
    captionBuffer.set(poison == 0xA5 ? "stale caption" : "another stale caption")
    guard let base = memory.baseAddress else { return }  // never: the guard zones are not empty
    try write(StepOutput(row: base + Self.guardByteCount, caption: captionBuffer))
    caption = Array(captionBuffer.bytes)
  }

  /// What can be judged on one instance alone.
  func violations() -> [String] {
    var found: [String] = []
    if transition.terminated && transition.truncated { found.append("both terminated and truncated") }
    if transition.succeeded && !transition.done { found.append("succeeded before the episode's last step") }
    if !transition.reward.isFinite { found.append("reward \(transition.reward)") }
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
    case .categorical, .tiles:
      let cardinality = field.encoding.categoryCount ?? 0
      guard let wrong = values.first(where: { $0 < 0 || $0 >= Double(cardinality) }) else { return [] }
      return ["field \(field.name) holds \(wrong), its cardinality is \(cardinality)"]
    case .numeric(let scale):
      if scale.count != 1 && scale.count != values.count {
        return ["field \(field.name) has \(values.count) elements and \(scale.count) scales"]
      }
      guard let wrong = values.first(where: { !$0.isFinite }) else { return [] }
      return ["field \(field.name) holds \(wrong)"]
    case .text, .hidden: return []
    }
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

  /// What two instances that played the same disagree on.
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
