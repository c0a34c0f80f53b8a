import CWire

/// What an annotator made of a caption. Raw values are the wire's numbers.
public enum LabelOutcome: UInt32, Sendable, CaseIterable {
  case labelled = 1
  /// The answer could not be read; the entry's value means nothing.
  case abstained = 2
}

/// An annotator's answer to a task. Captions it leaves out were not judged and are to be asked again.
public struct Labels: Sendable, Hashable {
  public var task: UInt64
  public var ids: [UInt32]
  /// Of a task of pairs: `partners[i]` is the second of the pair that `ids[i]` begins; else empty.
  public var partners: [UInt32]
  /// `outcomes[i]` and `values[i]` belong to `ids[i]`.
  public var outcomes: [LabelOutcome]
  /// What a caption is worth; of pairs how surely the first is the better one: 1, 0.5 for a tie, 0.
  public var values: [Float]
  /// Of the value being 1, NaN where there are none; as many as `ids`, or none at all.
  public var logOdds: [Float]
  public var annotatorKind: String
  public var annotatorVersion: String
  /// Of the prompt that was asked with; empty where nobody was asked.
  public var prompt: String
  /// What the captions were judged by.
  public var goal: String
  /// What each label rests on; as many as `ids`, or none at all.
  public var sources: [LabelSource]
  /// From the task's receipt to this answer.
  public var latencySeconds: Double

  /// A text made fit for `annotatorVersion`, `prompt`, `goal` or a source: on one line, and cut.
  public static func fitted(_ text: String) -> String {
    Check.fitted(text, maximumBytes: WireLimits.maximumSourceBytes)
  }

  public init(
    task: UInt64, ids: [UInt32], partners: [UInt32] = [], outcomes: [LabelOutcome], values: [Float],
    logOdds: [Float] = [], annotatorKind: String, annotatorVersion: String, prompt: String = "", goal: String = "",
    sources: [LabelSource] = [], latencySeconds: Double
  ) {
    self.task = task
    self.ids = ids
    self.partners = partners
    self.outcomes = outcomes
    self.values = values
    self.logOdds = logOdds
    self.annotatorKind = annotatorKind
    self.annotatorVersion = annotatorVersion
    self.prompt = prompt
    self.goal = goal
    self.sources = sources
    self.latencySeconds = latencySeconds
  }
}

extension Labels: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.positive(ids.count, "labels.ids")
    try Check.atMost(limits.maximumLabelsPerMessage, ids.count, "labels.ids")
    if ids.contains(0) { throw .invalid(field: "labels.ids", reason: "0 is the empty caption") }
    try Check.partners(partners, of: ids, "labels.partners")
    try Check.sameCount(outcomes.count, as: ids.count, "labels.outcomes", "ids")
    try Check.sameCount(values.count, as: ids.count, "labels.values", "ids")
    try Check.finite(values, "labels.values")
    if !logOdds.isEmpty { try Check.sameCount(logOdds.count, as: ids.count, "labels.log_odds", "ids") }
    if logOdds.contains(where: \.isInfinite) { throw .invalid(field: "labels.log_odds", reason: "not finite") }
    try Check.line(annotatorKind, maximumBytes: limits.maximumNameBytes, "labels.annotator_kind")
    try Check.line(annotatorVersion, maximumBytes: WireLimits.maximumSourceBytes, "labels.annotator_version")
    try Check.line(prompt, maximumBytes: WireLimits.maximumSourceBytes, "labels.prompt")
    try Check.line(goal, maximumBytes: WireLimits.maximumSourceBytes, "labels.goal")
    if !sources.isEmpty { try Check.sameCount(sources.count, as: ids.count, "labels.sources", "ids") }
    for source in sources {
      try Check.line(source.model, maximumBytes: WireLimits.maximumSourceBytes, "labels.models")
      try Check.line(source.server, maximumBytes: WireLimits.maximumSourceBytes, "labels.servers")
      try Check.notNegative(Double(source.latencySeconds), "labels.latencies")
      try Check.atMost(limits.maximumCaptionBytes, source.asked.count, "labels.asked")
    }
    try Check.notNegative(latencySeconds, "labels.latency_seconds")
  }

  func pack(_ arena: PackArena) -> Tengu__Labels {
    var packed = Tengu__Labels()
    tengu__labels__init(&packed)
    packed.task = task
    packed.n_ids = ids.count
    packed.ids = arena.array(ids)
    packed.n_partners = partners.count
    packed.partners = arena.array(partners)
    packed.n_outcomes = outcomes.count
    packed.outcomes = arena.array(outcomes.map { Tengu__LabelOutcome($0.rawValue) })
    packed.n_values = values.count
    packed.values = arena.array(values)
    packed.n_log_odds = logOdds.count
    packed.log_odds = arena.array(logOdds)
    packed.annotator_kind = arena.text(annotatorKind)
    packed.annotator_version = arena.text(annotatorVersion)
    packed.prompt = arena.text(prompt)
    packed.goal = arena.text(goal)
    packed.latency_seconds = latencySeconds
    packSources(arena, into: &packed)
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
      partners: Unpack.array(packed.partners, packed.n_partners),
      outcomes: outcomes,
      values: Unpack.array(packed.values, packed.n_values),
      logOdds: Unpack.array(packed.log_odds, packed.n_log_odds),
      annotatorKind: try Unpack.text(packed.annotator_kind, "labels.annotator_kind"),
      annotatorVersion: try Unpack.text(packed.annotator_version, "labels.annotator_version"),
      prompt: try Unpack.text(packed.prompt, "labels.prompt"),
      goal: try Unpack.text(packed.goal, "labels.goal"),
      sources: try Self.sources(of: packed),
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
