import Configuration
import IntrinsicReward
import RewardPrograms
import Runtime
import Trajectories

/// A reward model as a configuration chooses it: its name, its needs, its own fields and how to create it. The saved
/// state of a model is self-describing, so checkpoints need no entry.
public struct RewardModelEntry: RegistryEntry {
  public let name: String
  /// Paths of the fields that have an effect with this model only, or with the other models that list them. It is an
  /// error to set one of them with another model.
  public var exclusiveFields: [String] = []
  /// Whether the model pays captions by their labels.
  public var needsLabels = false
  /// Whether the model learns from comparisons of two captions.
  public var learnsFromPairs = false
  /// Whether the model scores captions; a model may score observations instead.
  public var scoresCaptions = true
  /// Whether the model says how uncertain it is of each caption.
  public var reportsUncertainty = false
  /// Whether all scores are in 0 ... 1.
  public var scoresShares = false
  /// The problems of a configuration that chooses the model, one line each.
  public var problems: @Sendable (RunConfiguration) -> [String] = { _ in [] }
  /// Throws `ConfigurationError` if the model cannot be made for the task.
  public var check: @Sendable (Inputs) throws -> Void = { _ in }
  public let make: @Sendable (Inputs) -> any RewardModel

  /// The inputs of a reward model.
  public struct Inputs: Sendable {
    public let configuration: RunConfiguration
    /// The layout of the task's observations.
    public let observation: ObservationLayout
    /// What the task's agents choose.
    public let actions: ActionSpace
    /// Number of features that the policy computes of an observation.
    public let policyFeatureCount: Int
    /// Whether the model learns at once on the caller's thread instead of on a thread of its own.
    public let isInline: Bool
  }

  public init(_ name: String, make: @escaping @Sendable (Inputs) -> any RewardModel) {
    self.name = name
    self.make = make
  }

  static let builtIn: [RewardModelEntry] = [
    none, retrieval, learned("classification"), learned("ranking"), novelty, similarity, randomDistillation,
    ellipticalBonus, program,
  ]

  private static let none = RewardModelEntry("none") { _ in NoReward() }

  private static let retrieval: RewardModelEntry = {
    var entry = RewardModelEntry("retrieval") { _ in RetrievalReward() }
    entry.needsLabels = true
    entry.scoresShares = true
    return entry
  }()

  private static let novelty: RewardModelEntry = {
    var entry = RewardModelEntry("novelty") { _ in NoveltyReward() }
    entry.scoresShares = true
    return entry
  }()

  private static let similarity: RewardModelEntry = {
    var entry = RewardModelEntry("similarity") { inputs in
      let reward = inputs.configuration.reward
      return SimilarityReward(goal: reward.goalText, threshold: Float(reward.similarityThreshold))
    }
    entry.exclusiveFields = ["reward.goal_text"]
    entry.scoresShares = true
    entry.problems = { configuration in
      configuration.reward.goalText.isEmpty
        ? ["\"reward.model\" = \"similarity\" compares captions with \"reward.goal_text\", which is empty; set it"] : []
    }
    return entry
  }()

  private static let randomDistillation: RewardModelEntry = {
    var entry = RewardModelEntry("rnd") { inputs in
      RandomDistillationReward(
        inputs.configuration.randomDistillationOptions, reader: ObservationReader(inputs.observation))
    }
    entry.scoresCaptions = false
    entry.problems = countProblems
    return entry
  }()

  /// A model that pays observations has no use for the count of captions.
  static func countProblems(_ configuration: RunConfiguration) -> [String] {
    let (exponent, name) = (configuration.reward.countExponent, configuration.reward.model.rawValue)
    return exponent == 0
      ? []
      : [
        "\"reward.count_exponent\" = \(exponent) counts captions, and \"reward.model\" = \"\(name)\" pays observations; "
          + "set it to 0"
      ]
  }

  private static let program: RewardModelEntry = {
    var entry = RewardModelEntry("program") { inputs in
      // `check` has compiled the same text.
      guard let program = try? inputs.program() else { return NoReward() }
      return ProgramReward(program)
    }
    entry.exclusiveFields = ["reward.program"]
    entry.scoresCaptions = false
    entry.check = { inputs in
      do {
        _ = try inputs.program()
      } catch {
        throw ConfigurationError(["\"reward.program\": \(error)"])
      }
    }
    return entry
  }()

  /// Classification and ranking: a network that learns from labels.
  private static func learned(_ name: String) -> RewardModelEntry {
    var entry = RewardModelEntry(name) { inputs in
      let cores = UsableProcessors.count
      let share = inputs.configuration.reward.coreShare(cores: cores)
      return LearnedReward(inputs.configuration.learnedRewardOptions, coreShare: inputs.isInline ? nil : share)
    }
    let isRanking = name == "ranking"
    entry.exclusiveFields =
      ["reward.pretrain_steps", "reward.frozen", "reward.ensemble"]
      + (isRanking ? ["reward.fidelity", "reward.upo"] : ["reward.soft"])
    entry.needsLabels = true
    entry.learnsFromPairs = isRanking
    entry.reportsUncertainty = true
    entry.scoresShares = !isRanking
    return entry
  }
}

extension RewardModelEntry.Inputs {
  /// The configured program, compiled for the task's observations.
  func program() throws(ProgramError) -> RewardProgram {
    try RewardProgram(configuration.reward.program, ProgramSchema(ofTask: observation))
  }
}

extension RunConfiguration {
  /// Options of a learned reward model: ranking if the configuration chooses it, else classification.
  public var learnedRewardOptions: LearnedRewardOptions {
    let isRanking = reward.model == .ranking
    var options = LearnedRewardOptions(isRanking ? .ranking : .classification)
    options.threshold = Float(isRanking ? reward.rankingThreshold : reward.classificationThreshold)
    options.paysProbability = reward.soft
    options.paysRawOutput = reward.fidelity == .oniReleased
    options.momentDecay = reward.momentDecay
    options.learningRate = Float(reward.learningRate)
    options.batchSize = reward.batchSize
    options.maximumGradientNorm = Float(reward.maximumGradientNorm)
    options.stepsPerArrival = reward.stepsPerArrival
    options.stepsPerUpdate = reward.stepsPerUpdate
    options.arrivalLimit = reward.arrivalLimit
    options.heads = reward.ensemble
    options.meanWeight = Float(reward.ensembleMeanWeight)
    options.filtersUncertain = reward.upo
    options.filterDropout = Float(reward.upoDropout)
    options.pretrainSteps = reward.pretrainSteps
    options.isFrozen = reward.frozen
    options.seed = seed
    return options
  }

  /// Options of random network distillation.
  public var randomDistillationOptions: RandomDistillationOptions {
    var options = RandomDistillationOptions()
    options.width = reward.rndWidth
    options.share = Float(reward.rndShare)
    options.learningRate = Float(reward.learningRate)
    options.discount = intrinsicDiscount
    options.seed = seed
    return options
  }
}

extension ObservationReader {
  /// Reads all fields that a policy network may see.
  init(_ layout: ObservationLayout) {
    self.init(
      zip(layout.fields, layout.offsets).filter { $0.0.encoding != .hidden && !$0.0.encoding.isMask }.map {
        field, offset in
        Field(offset: offset, count: field.elementCount, type: field.type)
      })
  }
}
