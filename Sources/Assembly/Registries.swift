import ActorCritic
import Configuration
import EnvironmentServers
import Environments
import NetHack
import Runtime

/// The entries that a configuration chooses by name. To add an environment, a network, a reward model or an annotator,
/// write its entry and list it in `standard`. No other place lists them.
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

  /// The entries that this program knows: those that come with this package, and those of `extendStandard`.
  public static var standard: Registries { known.current }

  private static let known = SharedValue(builtIn)

  /// The entries that come with this package.
  public static let builtIn = Registries(
    environments: .builtIn,
    networks: Registry(field: "network.kind", NetworkEntry.all),
    rewardModels: Registry(field: "reward.model", RewardModelEntry.builtIn),
    annotators: Registry(field: "annotator.kind", AnnotatorEntry.builtIn))

  /// Adds entries to `standard`. A program calls it once, before anything reads a configuration.
  /// - Throws: `ConfigurationError` if two tasks or two networks have one name, or tasks declare a field differently.
  public static func extendStandard(
    environments: [EnvironmentEntry], networks: [NetworkEntry]
  ) throws(ConfigurationError) {
    var extended = standard
    var problems: [String] = []
    for entry in networks {
      if extended.networks.names.contains(entry.name) {
        problems.append("there are two networks \"\(entry.name)\"; give one of them another name")
      } else {
        extended.networks.add(entry)
      }
    }
    do {
      extended.environments = try extended.environments.adding(environments)
    } catch {
      problems.append("\(error)")
    }
    if !problems.isEmpty { throw ConfigurationError(problems) }
    known.update { $0 = extended }
  }

  /// What a configuration accepts in addition to its schema.
  public var additions: SchemaAdditions {
    SchemaAdditions(
      names: [
        networks.field: networks.names, rewardModels.field: rewardModels.names, annotators.field: annotators.names,
      ],
      taskFields: environments.fields.map(TaskField.init))
  }

  /// The configuration of a run: defaults, then `file`, then `overrides`; see `RunConfiguration.load`.
  /// - Throws: `ConfigurationError` with every problem found.
  public func configuration(
    file: String? = nil, overrides: [String] = [], source: String = "command line"
  ) throws(ConfigurationError) -> RunConfiguration {
    try .load(file: file, overrides: overrides, source: source, additions: additions)
  }

  /// The configuration that a TOML text describes.
  /// - Parameter fileName: the name that errors give to the text.
  /// - Throws: `ConfigurationError` with every problem found.
  public func configuration(toml text: String, fileName: String) throws(ConfigurationError) -> RunConfiguration {
    try RunConfiguration(toml: text, fileName: fileName, additions: additions)
  }
}

extension NetworkEntry: RegistryEntry {}

extension TaskField {
  init(_ field: EnvironmentField) {
    let text: ConfigurationRange = field.defaultValue == .text("") ? .optionalText : .text
    let range = field.range.map { ConfigurationRange.integer($0) } ?? text
    let value: ConfigurationValue =
      switch field.defaultValue {
      case .integer(let number): .integer(number)
      case .text(let text): .text(text)
      }
    self.init(field.name, range, default: value, shapesUnrolls: field.shapesUnrolls, field.explanation)
  }
}

extension EnvironmentOptions {
  /// The options that `[environment]` sets.
  init(_ section: EnvironmentSection) {
    self.init(task: section.task)
    maximumEpisodeSteps = section.maximumEpisodeSteps == 0 ? nil : section.maximumEpisodeSteps
    for field in section.taskFields {
      switch field.value {
      case .integer(let number): settings[field.name] = .integer(number)
      case .text(let text): settings[field.name] = .text(text)
      // A task declares no other kinds of fields.
      case .real, .boolean: break
      }
    }
  }
}

extension EnvironmentRegistry {
  /// The tasks that this program knows; see `Registries.standard`.
  public static var standard: EnvironmentRegistry { Registries.standard.environments }

  /// The tasks that come with this package.
  static let builtIn = EnvironmentRegistry(
    NetHackTasks.entries + [CaptionGrid.entry, CartPole.entry, Corridor.entry, Pendulum.entry],
    families: [NetHackTasks.miniHack] + ServedTasks.families + [TextTaskFamily.family])
}

extension EnvironmentRegistry {
  /// This registry with more tasks at its end.
  /// - Throws: `EnvironmentError` that names a task or a field which is there already.
  func adding(_ added: [EnvironmentEntry]) throws(EnvironmentError) -> EnvironmentRegistry {
    var names = Set(entries.map(\.name))
    var declared = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0) })
    for entry in added {
      guard names.insert(entry.name).inserted else {
        throw EnvironmentError("there are two tasks \"\(entry.name)\"; give one of them another name")
      }
      for field in entry.ownFields {
        if let other = declared.updateValue(field, forKey: field.name), other != field {
          throw EnvironmentError(
            "\(entry.name) declares environment.\(field.name), which another task declares differently; rename it")
        }
      }
    }
    return EnvironmentRegistry(entries + added, families: families)
  }
}
