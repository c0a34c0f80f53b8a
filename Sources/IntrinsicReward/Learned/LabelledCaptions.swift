/// The captions of a run as a reward model learns from them: texts, labels, and which of them are held out.
///
/// One label in ten, chosen by the caption's hash, is not trained on but tells how well labels are foretold. The first
/// labels are all trained on: of a task with a dozen captions, a tenth might be the one that matters.
struct LabelledCaptions: Sendable {
  /// Labels before the first one that is held out.
  static let trainedFirst = 256
  /// One in so many of the others is held out.
  static let heldOutModulus: UInt32 = 10
  /// Answers about pairs that are kept; newer ones replace the oldest.
  static let maximumPreferences = 100_000

  /// All texts, one after the other.
  private var bytes: [UInt8] = []
  /// By caption id, where its text ends; the texts lie in the order of the ids.
  private var ends: [Int] = [0]
  /// By caption id; NaN where there is none.
  private var labels: [Float] = [.nan]
  /// Ids of the captions with a label that is trained on, in the order of their first labels.
  private(set) var training: [UInt32] = []
  /// Ids of the captions with a label that is held out.
  private(set) var heldOut: [UInt32] = []
  private(set) var preferences: [CaptionPreference] = []
  private var nextPreference = 0
  /// What was not taken: captions out of order, labels that are not finite or of captions without a text.
  private(set) var refusedCount = 0

  /// Distinct captions; their ids are 1 ... count.
  var count: Int { ends.count - 1 }
  var labelledCount: Int { training.count + heldOut.count }

  /// The text of a caption, 1 ... count.
  func text(_ caption: UInt32) -> ArraySlice<UInt8> { bytes[ends[Int(caption) - 1]..<ends[Int(caption)]] }

  /// A hash of a caption's text, the same in every session.
  func digest(_ caption: UInt32) -> UInt64 { TextDigest.fnv1a(text(caption)) }

  /// The label of a caption, 0 ... 1; nil if it has none.
  func label(_ caption: UInt32) -> Float? {
    guard isKnown(caption), !labels[Int(caption)].isNaN else { return nil }
    return labels[Int(caption)]
  }

  /// Takes in what is new.
  /// - Returns: whether there was something to train on.
  mutating func learn(_ update: RewardUpdate) -> Bool {
    for caption in update.captions { add(caption) }
    var hasNew = false
    var tookBack = false
    for label in update.labels {
      if label.value.isNaN { tookBack = takeBack(label.caption) || tookBack } else if add(label) { hasNew = true }
    }
    if tookBack {
      training.removeAll { labels[Int($0)].isNaN }
      heldOut.removeAll { labels[Int($0)].isNaN }
      hasNew = true
    }
    for preference in update.preferences where add(preference) { hasNew = true }
    return hasNew
  }

  private mutating func add(_ caption: NewCaption) {
    guard Int(caption.id) == ends.count else {
      refusedCount += 1
      return
    }
    bytes += caption.bytes
    ends.append(bytes.count)
    labels.append(.nan)
  }

  /// A later label of a caption replaces an earlier one. Labels are probabilities of being helpful.
  private mutating func add(_ label: CaptionLabel) -> Bool {
    guard isKnown(label.caption), label.value.isFinite else {
      refusedCount += 1
      return false
    }
    let value = min(max(label.value, 0), 1)
    let earlier = labels[Int(label.caption)]
    labels[Int(label.caption)] = value
    guard earlier.isNaN else { return earlier != value }
    if labelledCount >= Self.trainedFirst, Self.hash(text(label.caption)) % Self.heldOutModulus == 0 {
      heldOut.append(label.caption)
    } else {
      training.append(label.caption)
    }
    return true
  }

  /// Forgets a label.
  /// - Returns: whether there was one.
  private mutating func takeBack(_ caption: UInt32) -> Bool {
    guard isKnown(caption), !labels[Int(caption)].isNaN else { return false }
    labels[Int(caption)] = .nan
    return true
  }

  private mutating func add(_ preference: CaptionPreference) -> Bool {
    guard isKnown(preference.first), isKnown(preference.second), (0...1).contains(preference.target) else {
      refusedCount += 1
      return false
    }
    if preferences.count < Self.maximumPreferences {
      preferences.append(preference)
    } else {
      preferences[nextPreference] = preference
      nextPreference = (nextPreference + 1) % Self.maximumPreferences
    }
    return true
  }

  private func isKnown(_ caption: UInt32) -> Bool { caption > 0 && Int(caption) < ends.count }

  /// 32-bit FNV-1a, folded: its low bits alone follow the text's too closely.
  private static func hash(_ text: some Sequence<UInt8>) -> UInt32 {
    let hash = text.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return hash ^ (hash >> 16)
  }
}
