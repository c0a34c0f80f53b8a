import ActorCritic
import Configuration
import Environments
import NetHack

/// Everything that a configuration chooses by name. To add an environment, a network, a reward model or an annotator,
/// write its entry and put it into `standard`; nothing else in the package lists them.
public struct Registries: Sendable {
  public var environments: EnvironmentRegistry
  public var networks: Registry<NetworkEntry>
  public var rewardModels: Registry<RewardModelEntry>
  public var annotators: Registry<AnnotatorEntry>

  public init(
    environments: EnvironmentRegistry, networks: Registry<NetworkEntry>, rewardModels: Registry<RewardModelEntry>,
    annotators: Registry<AnnotatorEntry>
  ) {
    self.environments = environments
    self.networks = networks
    self.rewardModels = rewardModels
    self.annotators = annotators
  }

  /// The entries that come with this package.
  public static let standard = Registries(
    environments: .standard,
    networks: Registry(field: "network.kind", NetworkEntry.all),
    rewardModels: Registry(field: "reward.model", RewardModelEntry.builtIn),
    annotators: Registry(field: "annotator.kind", AnnotatorEntry.builtIn))

  /// The names that `RunConfiguration` must accept in addition to those of its schema.
  public var additionalNames: AdditionalNames {
    [
      networks.field: networks.names, rewardModels.field: rewardModels.names, annotators.field: annotators.names,
    ]
  }
}

extension NetworkEntry: RegistryEntry {}

extension EnvironmentRegistry {
  /// The tasks that come with this package.
  public static let standard = EnvironmentRegistry(
    NetHackTasks.entries + [CaptionGrid.entry, CartPole.entry, Corridor.entry])
}
