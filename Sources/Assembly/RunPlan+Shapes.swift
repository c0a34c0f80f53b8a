import ActorCritic
import Configuration
import Environments
import NeuralNetwork
import Trajectories
import Wire

extension RunPlan {
  /// The sizes of the run's unrolls and the tensors they carry. Worker memory, messages and the learner's checks follow
  /// from it.
  public var unrollShape: UnrollShape {
    if let text {
      return UnrollShape(
        unrollLength: configuration.learner.unrollLength, environmentCount: configuration.worker.environmentsPerGroup,
        rowByteCount: specification.observation.rowByteCount, stateSize: 0, valueHeads: 1, schema: text.schema)
    }
    return UnrollShape(
      unrollLength: configuration.learner.unrollLength, environmentCount: configuration.worker.environmentsPerGroup,
      rowByteCount: specification.observation.rowByteCount, stateSize: network.stateSize,
      valueHeads: network.valueHeads, schema: .standard(specification.actions))
  }

  /// The sizes that the learner states in Welcome. A worker compares them with its own.
  public var layout: RunLayout {
    RunLayout(
      unrollShape, observation: specification.observation, actions: specification.actions,
      groupsPerThread: configuration.worker.groupsPerThread, parameterCount: policyParameters.count)
  }

  /// Where each tensor of the policy lies in its parameters, as they travel and as a checkpoint has them.
  public var policyParameters: ParameterLayout { text?.transformer.layout ?? network.parameters }

  /// The bounds of the run's messages.
  public var wireLimits: WireLimits {
    WireLimits(maximumMessageBytes: configuration.transport.maximumMessageMegabytes << 20)
  }
}
