/// Pays captions by how like a goal they read, after ELLM (Du et al. 2023) with bags of words:
///
///     reward = cos(mean of the caption's word vectors, mean of the goal's)      where above the threshold, else 0
///
/// The vectors are the run's own (`WordVectors`), where ELLM takes those of a language model: nothing is loaded, and what
/// a word means has to show in the captions. Needs no labels.
public struct SimilarityReward: RewardModel, Sendable {
  /// Captions from which the first version is made.
  static let firstVersion = 32
  /// A version is made when captions have become so many times those of the version before.
  static let growth = 1.25

  private let goal: [[UInt8]]
  private let threshold: Float
  private var captions = LabelledCaptions()
  private var vectors = WordVectors()
  private var goalVector: [Float]
  /// By caption id; NaN for 0, which is no caption.
  private var scores: [Float] = [.nan]
  private var nextVersion = SimilarityReward.firstVersion
  public private(set) var version = 0

  /// - Parameters:
  ///   - goal: what captions are compared with; with no word in it nothing is paid.
  ///   - threshold: a cosine, -1 ... 1.
  public init(goal: String, threshold: Float) {
    self.goal = CaptionWords.words(goal.utf8)
    self.threshold = threshold
    goalVector = vectors.sum(self.goal)
  }

  public var readsTexts: Bool { true }

  public mutating func learn(_ update: RewardUpdate) {
    let known = captions.count
    _ = captions.learn(RewardUpdate(captions: update.captions))
    guard captions.count > known else { return }
    for id in known + 1...captions.count { vectors.learn(words(id)) }
    if captions.count >= nextVersion { makeVersion() }
    for id in scores.count..<captions.count + 1 { scores.append(reward(id)) }
  }

  public func score(_ caption: UInt32) -> Float? {
    caption > 0 && Int(caption) < scores.count ? scores[Int(caption)] : nil
  }

  /// The vectors have changed enough for all captions to be scored again.
  private mutating func makeVersion() {
    version += 1
    nextVersion = Int(Double(captions.count) * Self.growth) + 1
    vectors.refresh()
    goalVector = vectors.sum(goal)
    scores = [.nan]
  }

  private func words(_ id: Int) -> [[UInt8]] { CaptionWords.words(captions.text(UInt32(id))) }

  private func reward(_ id: Int) -> Float {
    let cosine = WordVectors.cosine(vectors.sum(words(id)), goalVector)
    return cosine > threshold ? cosine : 0
  }
}
