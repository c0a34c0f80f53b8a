/// What has come in for a reward model since it was last told.
public struct RewardUpdate: Sendable {
  /// Captions met for the first time, in the order of their ids, without gaps.
  public var captions: [NewCaption] = []
  /// New labels. Their captions have come before or come with them.
  public var labels: [CaptionLabel] = []
  /// New answers about pairs of captions.
  public var preferences: [CaptionPreference] = []
  /// Whether they come from an earlier session, whose model has learned from them if it was saved.
  public var isEarlier = false

  public init(captions: [NewCaption] = [], labels: [CaptionLabel] = [], isEarlier: Bool = false) {
    self.captions = captions
    self.labels = labels
    self.isEarlier = isEarlier
  }

  public var isEmpty: Bool { captions.isEmpty && labels.isEmpty && preferences.isEmpty }

  /// Adds what came later.
  public mutating func append(_ later: RewardUpdate) {
    isEarlier = later.isEarlier && (isEarlier || isEmpty)
    captions += later.captions
    labels += later.labels
    preferences += later.preferences
  }
}

/// A caption that was met for the first time.
public struct NewCaption: Sendable, Hashable {
  /// The global caption id, from 1.
  public var id: UInt32
  public var bytes: [UInt8]

  public init(id: UInt32, bytes: [UInt8]) {
    self.id = id
    self.bytes = bytes
  }
}

/// An annotator's answer about two captions.
public struct CaptionPreference: Sendable, Hashable {
  /// Global caption ids.
  public var first: UInt32
  public var second: UInt32
  /// How probably the first is the better one, 0 ... 1; 0.5 = a tie.
  public var target: Float

  public init(first: UInt32, second: UInt32, target: Float) {
    self.first = first
    self.second = second
    self.target = target
  }
}
