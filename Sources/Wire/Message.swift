/// What an envelope carries. proto/tengu.proto says who sends which, and when.
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
}

/// A message with its number and its tensors.
public struct Envelope: Sendable {
  /// The version of proto/tengu.proto that this process speaks.
  public static let schemaVersion: UInt32 = 3

  /// Counts the sender's messages within a session, from 1.
  public var sequence: UInt64
  public var message: Message
  /// Empty but for `Message.trajectory` and `Message.snapshot`.
  public var tensors: [TensorFrame]

  public init(sequence: UInt64, message: Message, tensors: [TensorFrame] = []) {
    self.sequence = sequence
    self.message = message
    self.tensors = tensors
  }
}
