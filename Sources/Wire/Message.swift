import CWire

/// The body of an envelope. proto/tengu.proto specifies who sends which, and when.
public enum Message: Sendable, Hashable {
  case hello(Hello)
  case welcome(Welcome)
  case refused(Refused)
  case trajectory(Trajectory)
  case acknowledgement(Acknowledgement)
  case heartbeat(Heartbeat)
  case heartbeatReply(HeartbeatReply)
  case snapshotRequest(SnapshotRequest)
  case snapshot(Snapshot)
  case ready(Ready)
  case annotationTask(AnnotationTask)
  case labels(Labels)
  case labelsAcknowledgement(LabelsAcknowledgement)
  case goodbye(Goodbye)
  case statusRequest(StatusRequest)
  case status(Status)
  case planRequest(PlanRequest)
  case plan(Plan)
}

/// A message with its number and its tensors.
public struct Envelope: Sendable {
  /// The version of proto/tengu.proto that this process speaks.
  public static let schemaVersion: UInt32 = 7

  /// Counts the sender's messages, from 1.
  public var sequence: UInt64
  public var message: Message
  /// Only `Message.trajectory` and `Message.snapshot` have tensors.
  public var tensors: [TensorFrame]
  /// The number of the peer's session, from its Welcome; 0 before it, and in messages of the learner.
  public var session: UInt64

  public init(sequence: UInt64, message: Message, tensors: [TensorFrame] = [], session: UInt64 = 0) {
    self.sequence = sequence
    self.message = message
    self.tensors = tensors
    self.session = session
  }
}

extension Message {
  /// The body behind the case.
  var body: any Body {
    switch self {
    case .hello(let body): body
    case .welcome(let body): body
    case .refused(let body): body
    case .trajectory(let body): body
    case .acknowledgement(let body): body
    case .heartbeat(let body): body
    case .heartbeatReply(let body): body
    case .snapshotRequest(let body): body
    case .snapshot(let body): body
    case .ready(let body): body
    case .annotationTask(let body): body
    case .labels(let body): body
    case .labelsAcknowledgement(let body): body
    case .goodbye(let body): body
    case .statusRequest(let body): body
    case .status(let body): body
    case .planRequest(let body): body
    case .plan(let body): body
    }
  }

  /// Sets the envelope's body and its tensors' descriptions.
  func pack(_ arena: PackArena, tensors: PackedTensors, into envelope: inout Tengu__Envelope) {
    envelope.body_case = kind
    switch self {
    case .trajectory(let body):
      var packed = body.pack(arena)
      packed.n_tensors = tensors.count
      packed.tensors = tensors.specifications
      envelope.trajectory = arena.store(packed)
    case .snapshot(let body):
      var packed = body.pack(arena)
      packed.n_tensors = tensors.count
      packed.tensors = tensors.specifications
      envelope.snapshot = arena.store(packed)
    case .hello(let body): envelope.hello = arena.store(body.pack(arena))
    case .welcome(let body): envelope.welcome = arena.store(body.pack(arena))
    case .refused(let body): envelope.refused = arena.store(body.pack(arena))
    case .acknowledgement(let body): envelope.acknowledgement = arena.store(body.pack(arena))
    case .heartbeat(let body): envelope.heartbeat = arena.store(body.pack(arena))
    case .heartbeatReply(let body): envelope.heartbeat_reply = arena.store(body.pack(arena))
    case .snapshotRequest(let body): envelope.snapshot_request = arena.store(body.pack(arena))
    case .ready(let body): envelope.ready = arena.store(body.pack(arena))
    case .annotationTask(let body): envelope.annotation_task = arena.store(body.pack(arena))
    case .labels(let body): envelope.labels = arena.store(body.pack(arena))
    case .labelsAcknowledgement(let body): envelope.labels_acknowledgement = arena.store(body.pack(arena))
    case .goodbye(let body): envelope.goodbye = arena.store(body.pack(arena))
    case .statusRequest(let body): envelope.status_request = arena.store(body.pack(arena))
    case .status(let body): envelope.status = arena.store(body.pack(arena))
    case .planRequest(let body): envelope.plan_request = arena.store(body.pack(arena))
    case .plan(let body): envelope.plan = arena.store(body.pack(arena))
    }
  }

  private var kind: Tengu__Envelope__BodyCase {
    switch self {
    case .hello: TENGU__ENVELOPE__BODY_HELLO
    case .welcome: TENGU__ENVELOPE__BODY_WELCOME
    case .refused: TENGU__ENVELOPE__BODY_REFUSED
    case .trajectory: TENGU__ENVELOPE__BODY_TRAJECTORY
    case .acknowledgement: TENGU__ENVELOPE__BODY_ACKNOWLEDGEMENT
    case .heartbeat: TENGU__ENVELOPE__BODY_HEARTBEAT
    case .heartbeatReply: TENGU__ENVELOPE__BODY_HEARTBEAT_REPLY
    case .snapshotRequest: TENGU__ENVELOPE__BODY_SNAPSHOT_REQUEST
    case .snapshot: TENGU__ENVELOPE__BODY_SNAPSHOT
    case .ready: TENGU__ENVELOPE__BODY_READY
    case .annotationTask: TENGU__ENVELOPE__BODY_ANNOTATION_TASK
    case .labels: TENGU__ENVELOPE__BODY_LABELS
    case .labelsAcknowledgement: TENGU__ENVELOPE__BODY_LABELS_ACKNOWLEDGEMENT
    case .goodbye: TENGU__ENVELOPE__BODY_GOODBYE
    case .statusRequest: TENGU__ENVELOPE__BODY_STATUS_REQUEST
    case .status: TENGU__ENVELOPE__BODY_STATUS
    case .planRequest: TENGU__ENVELOPE__BODY_PLAN_REQUEST
    case .plan: TENGU__ENVELOPE__BODY_PLAN
    }
  }

  /// The message of a parsed envelope.
  /// - Throws: `WireError.unknownKind` for a body that this version does not know.
  init(_ envelope: Tengu__Envelope) throws(WireError) {
    switch envelope.body_case {
    case TENGU__ENVELOPE__BODY_HELLO: self = .hello(try Hello(Unpack.body(envelope.hello)))
    case TENGU__ENVELOPE__BODY_WELCOME: self = .welcome(try Welcome(Unpack.body(envelope.welcome)))
    case TENGU__ENVELOPE__BODY_REFUSED: self = .refused(try Refused(Unpack.body(envelope.refused)))
    case TENGU__ENVELOPE__BODY_TRAJECTORY: self = .trajectory(try Trajectory(Unpack.body(envelope.trajectory)))
    case TENGU__ENVELOPE__BODY_ACKNOWLEDGEMENT:
      self = .acknowledgement(try Acknowledgement(Unpack.body(envelope.acknowledgement)))
    case TENGU__ENVELOPE__BODY_HEARTBEAT: self = .heartbeat(try Heartbeat(Unpack.body(envelope.heartbeat)))
    case TENGU__ENVELOPE__BODY_HEARTBEAT_REPLY:
      self = .heartbeatReply(try HeartbeatReply(Unpack.body(envelope.heartbeat_reply)))
    case TENGU__ENVELOPE__BODY_SNAPSHOT_REQUEST:
      self = .snapshotRequest(try SnapshotRequest(Unpack.body(envelope.snapshot_request)))
    case TENGU__ENVELOPE__BODY_SNAPSHOT: self = .snapshot(try Snapshot(Unpack.body(envelope.snapshot)))
    case TENGU__ENVELOPE__BODY_READY: self = .ready(try Ready(Unpack.body(envelope.ready)))
    case TENGU__ENVELOPE__BODY_ANNOTATION_TASK:
      self = .annotationTask(try AnnotationTask(Unpack.body(envelope.annotation_task)))
    case TENGU__ENVELOPE__BODY_LABELS: self = .labels(try Labels(Unpack.body(envelope.labels)))
    case TENGU__ENVELOPE__BODY_LABELS_ACKNOWLEDGEMENT:
      self = .labelsAcknowledgement(try LabelsAcknowledgement(Unpack.body(envelope.labels_acknowledgement)))
    case TENGU__ENVELOPE__BODY_GOODBYE: self = .goodbye(try Goodbye(Unpack.body(envelope.goodbye)))
    case TENGU__ENVELOPE__BODY_STATUS_REQUEST:
      self = .statusRequest(try StatusRequest(Unpack.body(envelope.status_request)))
    case TENGU__ENVELOPE__BODY_STATUS: self = .status(try Status(Unpack.body(envelope.status)))
    case TENGU__ENVELOPE__BODY_PLAN_REQUEST: self = .planRequest(try PlanRequest(Unpack.body(envelope.plan_request)))
    case TENGU__ENVELOPE__BODY_PLAN: self = .plan(try Plan(Unpack.body(envelope.plan)))
    default: throw .unknownKind(theirs: envelope.schema_version, ours: Envelope.schemaVersion)
    }
  }
}
