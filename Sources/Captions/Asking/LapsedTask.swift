/// A task whose captions went back to the queue before it was answered.
public struct LapsedTask: Sendable, Hashable {
  public let task: UInt64
  public let annotator: String
  /// Captions that went back.
  public let captions: Int
}
