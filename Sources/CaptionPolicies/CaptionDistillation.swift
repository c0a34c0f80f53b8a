import Captions
import Runtime
import Statistics
import TextPolicy

/// A caption with the label that another annotator gave it.
public struct LabelledCaption: Sendable, Hashable {
  public var caption: SanitisedCaption
  /// Captions of a family differ only in numbers and in creatures' names.
  public var family: [UInt8]
  public var isProgress: Bool

  /// - Parameter label: 0 ... 1; from 1/2 on it means progress.
  /// - Returns: nil for a caption that no model is asked about.
  public init?(_ caption: [UInt8], label: Float) {
    let sanitised = SanitisedCaption(caption)
    guard sanitised.kind == .askable, label.isFinite else { return nil }
    self.caption = sanitised
    family = CaptionTemplate.of(caption)
    isProgress = label >= 0.5
  }
}

/// Trains a text policy to give the labels that another annotator gave: one token after each caption.
///
/// The same seed and labels give the same policy, bit for bit.
public struct CaptionDistillation: Sendable {
  public var options = TransformerOptions(width: 64, layers: 2, context: 96)
  public var seed: UInt64 = 1
  public var updates = 400
  /// Captions of an update.
  public var batch = 64
  public var learningRate: Float = 1e-3
  /// Share of the families that are not trained on, 0 ..< 1.
  public var heldOutShare = 0.2

  public init() {}

  /// How well a policy agrees with the labels of some captions.
  public struct Agreement: Sendable, Hashable, Codable {
    public var captions: Int
    /// Share of the captions with the same label.
    public var share: Double
    /// Share of the more frequent label: what agrees without reading.
    public var majority: Double
    /// How well its log-odds tell the labels apart; nil if there is one label only.
    public var areaUnderCurve: Double?
  }

  /// Splits by family: which families are held out follows from the family's text and the seed.
  public func split(_ captions: [LabelledCaption]) -> (trained: [LabelledCaption], heldOut: [LabelledCaption]) {
    func isHeldOut(_ caption: LabelledCaption) -> Bool {
      var mixer = SplitMix64(seed: ByteHash.fnv1a(caption.family) ^ seed)
      return Double(mixer.next() >> 11) * 0x1p-53 < heldOutShare
    }
    return (captions.filter { !isHeldOut($0) }, captions.filter(isHeldOut))
  }

  /// - Returns: the policy, trained on all of `captions`.
  /// - Throws: `TextPolicyError` for sizes that no network can have, or without captions of both labels.
  public func policy(from captions: [LabelledCaption]) throws -> TextPolicy {
    guard Set(captions.map(\.isProgress)).count == 2 else {
      throw TextPolicyError(
        "\(captions.count) labelled captions, all with the same label: a policy learns from captions of both labels")
    }
    let policy = TextPolicy(try Transformer(options), seed: seed)
    let learner = SequenceLearner(policy, learningRate: learningRate)
    learner.warmUpUpdates = 20
    var generator = RandomGenerator(seed: seed &* 2 &+ 1)
    let texts = captions.map {
      CaptionTokens.text(
        CaptionTokens.question($0.caption, length: options.context), isProgress: $0.isProgress)
    }
    for update in 0..<updates {
      // Towards zero, so that the last updates settle what the first ones found.
      learner.learningRate = learningRate * Float(updates - update) / Float(updates)
      let batch = SequenceBatch((0..<batch).map { _ in texts[generator.below(texts.count)] })
      learner.update(batch, groupSize: 1) { group, slopes in
        LikelihoodLoss.add(group, weight: 1 / Double(batch.sequences.count), to: &slopes)
      }
    }
    return policy
  }

  /// Compares a policy with labels; nil for no captions.
  public static func agreement(_ annotator: PolicyAnnotator, _ captions: [LabelledCaption]) -> Agreement? {
    guard !captions.isEmpty else { return nil }
    let logOdds = annotator.logOdds(captions.map(\.caption))
    let positives = captions.count { $0.isProgress }
    let same = zip(captions, logOdds).count { $0.isProgress == ($1 >= 0) }
    let samples = zip(captions, logOdds).map { (score: Double($1), isPositive: $0.isProgress) }
    return Agreement(
      captions: captions.count, share: Double(same) / Double(captions.count),
      majority: Double(max(positives, captions.count - positives)) / Double(captions.count),
      areaUnderCurve: Ranking.areaUnderCurve(samples))
  }
}
