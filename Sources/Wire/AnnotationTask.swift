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

/// Captions for an annotator to label.
public struct AnnotationTask: Sendable, Hashable {
  public var task: UInt64
  /// From receipt; captions not answered by then are asked elsewhere.
  public var deadlineSeconds: Double
  /// The learner's caption ids, never 0.
  public var ids: [UInt32]
  /// `captions[i]` is the text of `ids[i]`.
  public var captions: [[UInt8]]

  public init(task: UInt64, deadlineSeconds: Double, ids: [UInt32], captions: [[UInt8]]) {
    self.task = task
    self.deadlineSeconds = deadlineSeconds
    self.ids = ids
    self.captions = captions
  }
}

extension AnnotationTask: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.notNegative(deadlineSeconds, "annotation_task.deadline_seconds")
    try Check.positive(ids.count, "annotation_task.ids")
    try Check.atMost(limits.maximumLabelsPerMessage, ids.count, "annotation_task.ids")
    if ids.contains(0) { throw .invalid(field: "annotation_task.ids", reason: "0 is the empty caption") }
    try Check.sameCount(captions.count, as: ids.count, "annotation_task.captions", "ids")
    try Check.captions(captions, limits, "annotation_task.captions")
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
    return packed
  }

  init(_ packed: Tengu__AnnotationTask) throws(WireError) {
    self.init(
      task: packed.task,
      deadlineSeconds: packed.deadline_seconds,
      ids: Unpack.array(packed.ids, packed.n_ids),
      captions: Unpack.array(packed.captions, packed.n_captions).map(Unpack.bytes))
  }
}
