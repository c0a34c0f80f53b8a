import ActorCritic
import Configuration
import Environments

/// What follows from a run configuration before anything is started: the task's facts and the policy network. Learner and
/// workers derive it from the same text, so they agree on every shape.
public struct RunPlan: Sendable {
  public let configuration: RunConfiguration
  public let specification: EnvironmentSpecification
  public let network: PolicyNetwork
  private let entry: EnvironmentEntry
  /// What environments are made with.
  public let options: EnvironmentOptions

  /// - Parameters:
  ///   - netHackDirectory: the folder of libnethack.so on this machine.
  ///   - recordsFacts: whether environments are to tell the facts of their episodes.
  /// - Throws: `ConfigurationError` naming the field for an unknown task or an impossible network.
  public init(_ configuration: RunConfiguration, netHackDirectory: String? = nil, recordsFacts: Bool = false) throws {
    try configuration.checkParts()
    self.configuration = configuration
    var options = configuration.environmentOptions(netHackDirectory: netHackDirectory)
    options.recordsFacts = recordsFacts
    self.options = options
    do {
      entry = try EnvironmentRegistry.standard.entry(named: options.task)
      specification = try entry.specification(options)
    } catch {
      throw ConfigurationError(["environment.task: \(error)"])
    }
    do {
      network = try PolicyNetwork(
        configuration.networkDescription, observation: specification.observation,
        actionCount: specification.actionCount, valueHeads: configuration.learner.valueHeads.count)
    } catch {
      throw ConfigurationError(["network: \(error)"])
    }
  }

  /// A new environment of the run's task.
  public func makeEnvironment() throws -> any Environment { try entry.make(options) }
}

extension RunConfiguration {
  func environmentOptions(netHackDirectory: String?) -> EnvironmentOptions {
    var options = EnvironmentOptions(task: environment.task)
    options.maximumEpisodeSteps = environment.maximumEpisodeSteps == 0 ? nil : environment.maximumEpisodeSteps
    options.character = environment.character
    options.layouts = environment.layouts
    options.wordings = environment.wordings
    options.observationKeys = networkEntry.observationFields
    if let netHackDirectory { options.netHackDirectory = netHackDirectory }
    return options
  }

  /// With the kind's own sizes where the configuration names none.
  var networkDescription: NetworkDescription {
    var description = NetworkDescription(networkEntry)
    if network.embeddingSize > 0 { description.sizes.embedding = network.embeddingSize }
    if network.textSize > 0 { description.sizes.text = network.textSize }
    if network.hiddenSize > 0 { description.sizes.hidden = network.hiddenSize }
    if network.recurrentSize > 0 { description.sizes.recurrent = network.recurrentSize }
    description.recurrent = RecurrentKind(network.recurrent)
    description.initialisation = InitialisationKind(network.initialisation)
    description.policyGain = Float(network.policyGain)
    description.normalisesObservations = network.normaliseObservations
    return description
  }
}

extension RunConfiguration {
  fileprivate var networkEntry: NetworkEntry {
    guard let entry = NetworkEntry.entry(named: network.kind.rawValue) else {
      preconditionFailure("no network is called \"\(network.kind.rawValue)\"")
    }
    return entry
  }
}

extension RecurrentKind {
  init(_ name: NetworkSection.Recurrent) {
    self =
      switch name {
      case .gru: .gru
      case .lstm: .lstm
      case .none: .none
      }
  }
}

extension InitialisationKind {
  init(_ name: NetworkSection.Initialisation) { self = name == .orthogonal ? .orthogonal : .uniform }
}
