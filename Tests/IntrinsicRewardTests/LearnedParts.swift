import Captions
import IntrinsicReward
import Tensor

/// Captions whose labels follow a rule that a network can learn: "kill" is helpful.
enum LearnedParts {
  static let verbs = ["kill", "miss", "see", "hear", "open"]
  static let nouns = ["newt", "jackal", "door", "rat", "gnome", "kobold", "bat", "lichen"]

  /// `count` captions with ids from 1, all different.
  static func captions(_ count: Int) -> [NewCaption] {
    (0..<count).map { index in
      let verb = verbs[index % verbs.count]
      let noun = nouns[index / verbs.count % nouns.count]
      return NewCaption(id: UInt32(index + 1), bytes: Array("You \(verb) the \(noun)! \(index / 40)".utf8))
    }
  }

  static func isHelpful(_ caption: NewCaption) -> Bool { (caption.id - 1) % UInt32(verbs.count) == 0 }

  static func labels(_ captions: some Sequence<NewCaption>) -> [CaptionLabel] {
    captions.map { CaptionLabel(caption: $0.id, value: isHelpful($0) ? 1 : 0) }
  }

  /// Captions that `model` rewards exactly if they are helpful.
  static func correct(_ model: LearnedReward, _ captions: some Sequence<NewCaption>) -> Int {
    captions.count { isHelpful($0) == ((model.score($0.id) ?? .nan) > 0.5) }
  }

  /// Median of a result over five seeds. The result of one seed also depends on how the processor's matrix product rounds.
  static func medianOfSeeds<Value: Comparable>(_ result: (_ seed: UInt64) throws -> Value) rethrows -> Value {
    try (1...5).map(result).sorted()[2]
  }

  static func options(_ method: LearnedRewardOptions.Method, seed: UInt64 = 1) -> LearnedRewardOptions {
    var options = LearnedRewardOptions(method)
    // The networks are ONI's; the steps are fewer and larger to keep tests short.
    options.learningRate = 1e-3
    options.batchSize = 32
    options.stepsPerArrival = 24
    options.stepsPerUpdate = 0
    options.seed = seed
    return options
  }
}
