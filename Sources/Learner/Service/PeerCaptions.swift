import Captions

/// One worker session's captions: its local ids to the learner's. A reference, because a session is copied for every
/// message and the table can be long. Used by the I/O thread alone.
final class PeerCaptions {
  /// No session may name more captions.
  static let maximumCaptions = 1_000_000

  /// By local id; index 0 is "no caption".
  private(set) var globalIDs: [CaptionID] = [0]

  /// The local id that the session's next new caption has.
  var next: Int { globalIDs.count }

  func append(_ id: CaptionID) { globalIDs.append(id) }
}
