import ActorCritic
import Configuration
import Environments
import NetHack

/// An entry of a registry: something that a configuration chooses by name.
public protocol RegistryEntry: Sendable {
  /// The name in the configuration, such as "retrieval".
  var name: String { get }
}

/// The entries among which one field of the configuration chooses. A value: a program or a test adds its own entry to a
/// copy, and no global changes.
public struct Registry<Entry: RegistryEntry>: Sendable {
  /// Path of the field that chooses, such as "reward.model".
  public let field: String
  /// In the order in which errors and pages list them.
  public private(set) var entries: [Entry]

  /// - Parameter entries: entries with different names.
  public init(field: String, _ entries: [Entry]) {
    precondition(Set(entries.map(\.name)).count == entries.count, "two entries of \(field) have the same name")
    self.field = field
    self.entries = entries
  }

  public var names: [String] { entries.map(\.name) }

  /// Adds an entry.
  /// - Precondition: no entry has its name.
  public mutating func add(_ entry: Entry) {
    precondition(!names.contains(entry.name), "\(field) has an entry \"\(entry.name)\" already")
    entries.append(entry)
  }

  /// The entry called `name`.
  /// - Throws: `ConfigurationError` that names the field and lists the known entries.
  public func entry(named name: String) throws(ConfigurationError) -> Entry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    let list = names.map { "\"\($0)\"" }.joined(separator: " or ")
    throw ConfigurationError(["\"\(field)\": expected \(list), found \"\(name)\""])
  }
}

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
  public static let standard = EnvironmentRegistry(NetHackTasks.entries + SmallEnvironments.entries)
}
