import ActorCritic
import Configuration
import Environments
import IntrinsicReward

/// Everything that a run configuration determines before anything starts: the chosen entries, the task's facts and the
/// policy network. Learner and workers derive it from the same text, so they agree on every shape.
public struct RunPlan: Sendable {
  public let configuration: RunConfiguration
  public let specification: EnvironmentSpecification
  /// In a run of a text policy, what another algorithm would train on its observations; nothing uses it.
  public let network: PolicyNetwork
  /// What the run trains if it trains a text policy; nil in all other runs.
  public let text: TextPlan?
  public let rewardModel: RewardModelEntry
  public let annotator: AnnotatorEntry
  /// Options for creating environments.
  public let options: EnvironmentOptions
  private let environment: EnvironmentEntry
  private let networkEntry: NetworkEntry

  /// - Parameters:
  ///   - registries: the entries that the configuration chooses among.
  ///   - netHackDirectory: the folder of libnethack.so on this machine.
  ///   - recordsFacts: whether environments report the facts of their episodes.
  ///   - programs: which programs the run's task may run here.
  /// - Throws: `ConfigurationError` naming the field for an unknown name, an impossible network or a broken rule.
  public init(
    _ configuration: RunConfiguration, registries: Registries = .standard, netHackDirectory: String? = nil,
    recordsFacts: Bool = false, programs: Programs = .asConfigured
  ) throws {
    try configuration.checkParts(registries)
    try self.init(
      unchecked: configuration, registries: registries, netHackDirectory: netHackDirectory, recordsFacts: recordsFacts,
      programs: programs)
  }

  /// A plan whose configuration may break the rules between its fields, for tests of single parts.
  package init(
    unchecked configuration: RunConfiguration, registries: Registries = .standard, netHackDirectory: String? = nil,
    recordsFacts: Bool = false, programs: Programs = .asConfigured
  ) throws {
    self.configuration = configuration
    rewardModel = try registries.rewardModels.entry(named: configuration.reward.model.rawValue)
    annotator = try registries.annotators.entry(named: configuration.annotator.kind.rawValue)
    let entry = try registries.networks.entry(named: configuration.network.kind.rawValue)
    var options = EnvironmentOptions(configuration.environment)
    options.observationKeys = entry.observationFields
    options.gameDirectory = netHackDirectory
    options.recordsFacts = recordsFacts
    options.callSeconds = configuration.worker.environmentSeconds
    options.programs = programs
    self.options = options
    do {
      environment = try registries.environments.entry(named: options.task)
      specification = try Self.specification(environment.specification(options), configuration)
    } catch {
      throw ConfigurationError(["environment: \(error)"])
    }
    text = try TextPlan(configuration)
    networkEntry = entry
    network = try Self.network(entry, configuration, specification)
    if network.actions.structure == nil, !configuration.actorCriticOptions.entropyShares.areWhole {
      throw ConfigurationError([
        "learner: verb_entropy, thing_entropy and direction_entropy are for tasks whose actions have a verb that decides which "
          + "other factors count, unlike those of \(specification.name); leave them at 1, and set entropy_coefficient"
      ])
    }
    try rewardModel.check(rewardInputs(isInline: true))
  }

  /// The task's facts; the observation of a text has the length that the run chooses.
  private static func specification(
    _ own: EnvironmentSpecification, _ configuration: RunConfiguration
  ) -> EnvironmentSpecification {
    guard TextPlan.taskName(configuration.environment.task) != nil else { return own }
    return EnvironmentSpecification(
      name: own.name, observation: TextPlan.observation(context: configuration.text.context), actions: own.actions)
  }

  private static func network(
    _ entry: NetworkEntry, _ configuration: RunConfiguration, _ specification: EnvironmentSpecification
  ) throws -> PolicyNetwork {
    do {
      return try PolicyNetwork(
        NetworkDescription(entry, configuration.network), observation: specification.observation,
        actions: specification.actions, valueHeads: configuration.learner.valueHeads.count)
    } catch {
      throw ConfigurationError(["network: \(error)"])
    }
  }

  /// The policy network of this run with the sizes of another configuration.
  func network(of other: RunConfiguration) throws -> PolicyNetwork {
    try Self.network(networkEntry, other, specification)
  }

  /// A new environment of the run's task.
  public func makeEnvironment() throws -> any Environment {
    let made = try environment.make(options)
    let microseconds = configuration.environment.stepMicroseconds
    return microseconds > 0 ? SlowEnvironment(made, microseconds: microseconds) : made
  }

  /// What runs the environments of each of a worker's rollout threads; nil if the threads step them themselves.
  public func makeHosts(threads: Int) throws -> [[any EnvironmentHost]]? {
    try environment.makeHosts?(options, threads)
  }

  /// Memory that an environment takes, in bytes.
  public var environmentBytes: Int { environment.instanceBytes }

  /// A new reward model.
  /// - Parameter inline: whether it learns at once on the caller's thread instead of on a thread of its own.
  public func makeRewardModel(inline: Bool) -> any RewardModel {
    rewardModel.make(rewardInputs(isInline: inline))
  }

  private func rewardInputs(isInline: Bool) -> RewardModelEntry.Inputs {
    RewardModelEntry.Inputs(
      configuration: configuration, observation: specification.observation, actions: specification.actions,
      policyFeatureCount: network.featureCount, isInline: isInline)
  }
}

extension NetworkDescription {
  /// The network that `[network]` describes; a size of 0 is the entry's own.
  init(_ entry: NetworkEntry, _ section: NetworkSection) {
    self.init(entry)
    if section.embeddingSize > 0 { sizes.embedding = section.embeddingSize }
    if section.textSize > 0 { sizes.text = section.textSize }
    if section.hiddenSize > 0 { sizes.hidden = section.hiddenSize }
    if section.recurrentSize > 0 { sizes.recurrent = section.recurrentSize }
    recurrent =
      switch section.recurrent {
      case .gru: .gru
      case .lstm: .lstm
      case .minGRU: .minGRU
      case .none: .none
      }
    initialisation = section.initialisation == .orthogonal ? .orthogonal : .uniform
    policyGain = Float(section.policyGain)
    normalisesObservations = section.normaliseObservations
    normalisesValues = section.normaliseValues
    trigramSize = section.trigramSize
    choiceFloor = Float(section.choiceFloor)
  }
}
