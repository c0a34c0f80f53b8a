import CWire

/// What an annotator made of a caption. Raw values are the wire's numbers.
public enum LabelOutcome: UInt32, Sendable, CaseIterable {
  case labelled = 1
  /// The answer could not be read; the entry's value means nothing.
  case abstained = 2
}

/// An annotator's answer to a task, whole or in parts.
public struct Labels: Sendable, Hashable {
  public var task: UInt64
  public var ids: [UInt32]
  /// `outcomes[i]` and `values[i]` belong to `ids[i]`.
  public var outcomes: [LabelOutcome]
  public var values: [Float]
  public var annotatorKind: String
  public var annotatorVersion: String
  /// From the task's receipt to this answer.
  public var latencySeconds: Double

  public init(
    task: UInt64, ids: [UInt32], outcomes: [LabelOutcome], values: [Float], annotatorKind: String,
    annotatorVersion: String, latencySeconds: Double
  ) {
    self.task = task
    self.ids = ids
    self.outcomes = outcomes
    self.values = values
    self.annotatorKind = annotatorKind
    self.annotatorVersion = annotatorVersion
    self.latencySeconds = latencySeconds
  }
}

extension Labels: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.positive(ids.count, "labels.ids")
    try Check.atMost(limits.maximumLabelsPerMessage, ids.count, "labels.ids")
    if ids.contains(0) { throw .invalid(field: "labels.ids", reason: "0 is the empty caption") }
    try Check.sameCount(outcomes.count, as: ids.count, "labels.outcomes", "ids")
    try Check.sameCount(values.count, as: ids.count, "labels.values", "ids")
    try Check.finite(values, "labels.values")
    try Check.line(annotatorKind, maximumBytes: limits.maximumNameBytes, "labels.annotator_kind")
    try Check.line(annotatorVersion, maximumBytes: limits.maximumNameBytes, "labels.annotator_version")
    try Check.notNegative(latencySeconds, "labels.latency_seconds")
  }

  func pack(_ arena: PackArena) -> Tengu__Labels {
    var packed = Tengu__Labels()
    tengu__labels__init(&packed)
    packed.task = task
    packed.n_ids = ids.count
    packed.ids = arena.array(ids)
    packed.n_outcomes = outcomes.count
    packed.outcomes = arena.array(outcomes.map { Tengu__LabelOutcome($0.rawValue) })
    packed.n_values = values.count
    packed.values = arena.array(values)
    packed.annotator_kind = arena.text(annotatorKind)
    packed.annotator_version = arena.text(annotatorVersion)
    packed.latency_seconds = latencySeconds
    return packed
  }

  init(_ packed: Tengu__Labels) throws(WireError) {
    var outcomes: [LabelOutcome] = []
    for (index, outcome) in Unpack.array(packed.outcomes, packed.n_outcomes).enumerated() {
      outcomes.append(try Unpack.value(outcome.rawValue, LabelOutcome.self, "labels.outcomes[\(index)]"))
    }
    self.init(
      task: packed.task,
      ids: Unpack.array(packed.ids, packed.n_ids),
      outcomes: outcomes,
      values: Unpack.array(packed.values, packed.n_values),
      annotatorKind: try Unpack.text(packed.annotator_kind, "labels.annotator_kind"),
      annotatorVersion: try Unpack.text(packed.annotator_version, "labels.annotator_version"),
      latencySeconds: packed.latency_seconds)
  }
}

/// The labels of a task are on the learner's disk.
public struct LabelsAcknowledgement: Sendable, Hashable {
  public var task: UInt64

  public init(task: UInt64) { self.task = task }
}

extension LabelsAcknowledgement: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__LabelsAcknowledgement {
    var packed = Tengu__LabelsAcknowledgement()
    tengu__labels_acknowledgement__init(&packed)
    packed.task = task
    return packed
  }

  init(_ packed: Tengu__LabelsAcknowledgement) throws(WireError) { self.init(task: packed.task) }
}
