import CWire

/// An annotator has room for `capacity` captions.
public struct Ready: Sendable, Hashable {
  public var capacity: UInt32

  public init(capacity: UInt32) { self.capacity = capacity }
}

extension Ready: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__Ready {
    var packed = Tengu__Ready()
    tengu__ready__init(&packed)
    packed.capacity = capacity
    return packed
  }

  init(_ packed: Tengu__Ready) throws(WireError) { self.init(capacity: packed.capacity) }
}

/// Captions, or pairs of captions, for an annotator to judge.
public struct AnnotationTask: Sendable, Hashable {
  public var task: UInt64
  /// Seconds from receipt, after which the learner asks elsewhere for captions without an answer.
  public var deadlineSeconds: Double
  /// The learner's caption ids, never 0.
  public var ids: [UInt32]
  /// `captions[i]` is the text of `ids[i]`.
  public var captions: [[UInt8]]
  /// In a task of pairs: the second caption of each pair. Empty if each caption is judged alone.
  public var partners: [UInt32]
  /// `partnerCaptions[i]` is the text of `partners[i]`.
  public var partnerCaptions: [[UInt8]]
  /// What to judge by instead of the configured goal; empty = the goal.
  public var principle: String

  public init(
    task: UInt64, deadlineSeconds: Double, ids: [UInt32], captions: [[UInt8]], partners: [UInt32] = [],
    partnerCaptions: [[UInt8]] = [], principle: String = ""
  ) {
    self.task = task
    self.deadlineSeconds = deadlineSeconds
    self.ids = ids
    self.captions = captions
    self.partners = partners
    self.partnerCaptions = partnerCaptions
    self.principle = principle
  }
}

extension AnnotationTask: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.within(0...WireLimits.maximumSeconds, deadlineSeconds, "annotation_task.deadline_seconds")
    try Check.positive(ids.count, "annotation_task.ids")
    try Check.atMost(limits.maximumLabelsPerMessage, ids.count, "annotation_task.ids")
    if ids.contains(0) { throw .invalid(field: "annotation_task.ids", reason: "0 is the empty caption") }
    try Check.sameCount(captions.count, as: ids.count, "annotation_task.captions", "ids")
    try Check.captions(captions, limits, "annotation_task.captions")
    try Check.partners(partners, of: ids, "annotation_task.partners")
    try Check.sameCount(partnerCaptions.count, as: partners.count, "annotation_task.partner_captions", "partners")
    try Check.captions(partnerCaptions, limits, "annotation_task.partner_captions")
    try Check.text(principle, maximumBytes: limits.maximumPrincipleBytes, "annotation_task.principle")
  }

  func pack(_ arena: PackArena) -> Tengu__AnnotationTask {
    var packed = Tengu__AnnotationTask()
    tengu__annotation_task__init(&packed)
    packed.task = task
    packed.deadline_seconds = deadlineSeconds
    packed.n_ids = ids.count
    packed.ids = arena.array(ids)
    packed.n_captions = captions.count
    packed.captions = arena.list(captions)
    packed.n_partners = partners.count
    packed.partners = arena.array(partners)
    packed.n_partner_captions = partnerCaptions.count
    packed.partner_captions = arena.list(partnerCaptions)
    packed.principle = arena.text(principle)
    return packed
  }

  init(_ packed: Tengu__AnnotationTask) throws(WireError) {
    self.init(
      task: packed.task,
      deadlineSeconds: packed.deadline_seconds,
      ids: Unpack.array(packed.ids, packed.n_ids),
      captions: Unpack.array(packed.captions, packed.n_captions).map(Unpack.bytes),
      partners: Unpack.array(packed.partners, packed.n_partners),
      partnerCaptions: Unpack.array(packed.partner_captions, packed.n_partner_captions).map(Unpack.bytes),
      principle: try Unpack.text(packed.principle, "annotation_task.principle"))
  }
}
