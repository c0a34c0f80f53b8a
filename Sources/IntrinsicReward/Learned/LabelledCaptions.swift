import Captions
import Runtime
import Tensor

/// The data of a learned reward model: texts of captions, their labels, and preferences.
///
/// One label in ten, chosen by a hash of the text, is held out from training to measure the model's agreement. The
/// first labels are all training labels: in a task with a dozen captions, a held-out one might be the only one that
/// matters.
struct LabelledCaptions: Sendable {
  /// Number of labels before the first held-out one.
  static let trainedFirst = 256
  /// One of this many later labels is held out.
  static let heldOutModulus: UInt32 = 10
  /// Maximum number of preferences; newer ones replace the oldest.
  static let maximumPreferences = 100_000

  /// All texts, one after the other.
  private var bytes: [UInt8] = []
  /// End of each text in `bytes`, by caption id. The texts lie in the order of the ids.
  private var ends: [Int] = [0]
  /// Labels by caption id; NaN for none.
  private var labels: [Float] = [.nan]
  /// Ids of the captions with a training label, in the order of their first labels.
  private(set) var training: [UInt32] = []
  /// Ids of the captions with a held-out label.
  private(set) var heldOut: [UInt32] = []
  private(set) var preferences: [CaptionPreference] = []
  private var nextPreference = 0
  /// Number of refused items: captions out of order, labels that are not finite, labels and preferences of unknown
  /// captions.
  private(set) var refusedCount = 0

  /// Number of captions; their ids are 1 ... count.
  var count: Int { ends.count - 1 }
  var labelledCount: Int { training.count + heldOut.count }

  /// The text of a caption, 1 ... count.
  func text(_ caption: UInt32) -> ArraySlice<UInt8> { bytes[ends[Int(caption) - 1]..<ends[Int(caption)]] }

  /// A digest of a caption's text, the same in every session.
  func digest(_ caption: UInt32) -> UInt64 { ByteHash.fnv1a(text(caption)) }

  /// The label of a caption, 0 ... 1; nil if it has none.
  func label(_ caption: UInt32) -> Float? {
    guard isKnown(caption), !labels[Int(caption)].isNaN else { return nil }
    return labels[Int(caption)]
  }

  /// Adds new captions, labels and preferences.
  /// - Returns: whether there is new training data.
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

  /// Adds a label, which replaces an earlier label of the caption. Labels are probabilities of being helpful.
  /// - Returns: whether it changed anything.
  private mutating func add(_ label: CaptionLabel) -> Bool {
    guard isKnown(label.caption), label.value.isFinite else {
      refusedCount += 1
      return false
    }
    let value = label.limited
    let earlier = labels[Int(label.caption)]
    labels[Int(label.caption)] = value
    guard earlier.isNaN else { return earlier != value }
    if labelledCount >= Self.trainedFirst, FNV32(text(label.caption)).folded % Self.heldOutModulus == 0 {
      heldOut.append(label.caption)
    } else {
      training.append(label.caption)
    }
    return true
  }

  /// Removes a label.
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

}

/// Draws indices of a growing list in random order, each once before any repeats. New elements take part from the next
/// draw on.
struct ShuffledDraw: Sendable {
  /// Indices; those before `drawn` have been drawn in this round.
  private var order: [Int] = []
  private var drawn = 0

  /// The next index into a list of `count` elements, which must not be empty and never shrinks.
  mutating func next(of count: Int, _ generator: inout RandomGenerator) -> Int {
    while order.count < count { order.append(order.count) }
    if drawn == count { drawn = 0 }
    // One step of the Fisher-Yates shuffle.
    order.swapAt(drawn, drawn + generator.below(count - drawn))
    drawn += 1
    return order[drawn - 1]
  }
}
