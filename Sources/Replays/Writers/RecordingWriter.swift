/// Takes down an episode as a file that other programs play.
public protocol RecordingWriter {
  /// - Parameter seconds: since the beginning, never falling.
  mutating func append(_ moment: ReplayMoment, at seconds: Double)

  /// The file so far.
  var bytes: [UInt8] { get }
}
