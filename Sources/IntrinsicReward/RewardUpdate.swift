import Captions

/// New captions, labels and preferences for a reward model since the last update.
public struct RewardUpdate: Sendable {
  /// Captions that occurred for the first time, in the order of their ids, without gaps.
  public var captions: [NewCaption] = []
  /// New labels. Their captions are in this update or an earlier one.
  public var labels: [CaptionLabel] = []
  /// New preferences between captions.
  public var preferences: [CaptionPreference] = []
  /// Whether everything comes from an earlier session. A model saved by that session has already learned from it.
  public var isEarlier = false

  public init(captions: [NewCaption] = [], labels: [CaptionLabel] = [], isEarlier: Bool = false) {
    self.captions = captions
    self.labels = labels
    self.isEarlier = isEarlier
  }

  public var isEmpty: Bool { captions.isEmpty && labels.isEmpty && preferences.isEmpty }

  /// Adds a later update.
  public mutating func append(_ later: RewardUpdate) {
    isEarlier = later.isEarlier && (isEarlier || isEmpty)
    captions += later.captions
    labels += later.labels
    preferences += later.preferences
  }
}

/// A caption that occurred for the first time.
public struct NewCaption: Sendable, Hashable {
  /// The global caption id, from 1.
  public var id: UInt32
  /// Its text.
  public var bytes: [UInt8]

  public init(id: UInt32, bytes: [UInt8]) {
    self.id = id
    self.bytes = bytes
  }
}
