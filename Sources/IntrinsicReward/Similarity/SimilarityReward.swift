/// The similarity of a caption to a goal text, after ELLM (Du et al. 2023) with bags of words:
///
///     reward = cos(mean of the caption's word vectors, mean of the goal's)      if above the threshold, else 0
///
/// ELLM takes the vectors of a language model. Here the run learns its own (`WordVectors`) from the captions, so that
/// nothing has to be loaded. Needs no labels.
public struct SimilarityReward: RewardModel, Sendable {
  /// Number of captions of the first version.
  static let firstVersion = 32
  /// Factor of the number of captions from one version to the next.
  static let growth = 1.25

  private let goal: [[UInt8]]
  private let threshold: Float
  private var captions = LabelledCaptions()
  private var vectors = WordVectors()
  private var goalVector: [Float]
  /// Scores by caption id; NaN for id 0.
  private var scores: [Float] = [.nan]
  private var nextVersion = SimilarityReward.firstVersion
  public private(set) var version = 0

  /// - Parameters:
  ///   - goal: the text that captions are compared with; without a word in it all rewards are 0.
  ///   - threshold: minimum cosine of a paid caption, -1 ... 1.
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

  /// Makes a new version: refreshes the vectors and discards all scores.
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
