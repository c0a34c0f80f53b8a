import ActorCritic
import Configuration
import Environments
import NeuralNetwork
import Tensor
import Trajectories

/// Steers the choice of actions by values, without training: value-augmented sampling (Han et al. 2024).
///
///     logit(a) += sum over value heads h of strength_h (Q_h(a) - mean over the actions of Q_h)
///     Q_h(a) = r_h + discount V_h(what a leads to)         (without the value where the world ends the episode)
///
/// The paper's next state is the text with one more token; here the world is asked (`ForeseeingEnvironment`). r_h is the
/// world's own reward for the first head and 0 for another: captions are paid by the learner. Values are those of the policy
/// that acts, which stays as it is.
///
/// Used by one group, by the thread that runs its network.
public final class Steering {
  /// How the learner counts rewards and what comes later.
  public struct Options: Sendable {
    /// Factor of the world's reward.
    public var rewardScale: Float = 1
    /// Bound of the scaled reward.
    public var rewardClip: Float = .infinity
    /// Factor of the scaled reward.
    public var rewardCoefficient: Float = 1
    /// What a later value is multiplied by, as the learner does.
    public var discount: Float = 1

    public init() {}
  }

  private let options: Options
  private let network: PolicyNetwork
  private let actions: Int
  private let workspace: PolicyWorkspace
  private let rows: UnsafeMutableRawPointer  // [A, rowByteCount]
  private let rowPointers: [UnsafeRawPointer]
  private let rowByteCount: Int
  private let states: FloatBuffer  // [A, S]
  private let gains: FloatBuffer  // [A]
  private let caption = CaptionBuffer()
  private var transitions: [Transition]

  /// - Returns: nil if actions are not one choice.
  init?(_ network: PolicyNetwork, rowByteCount: Int, _ options: Options) {
    guard case .discrete(let actions) = network.actions.space else { return nil }
    self.options = options
    self.network = network
    self.actions = actions
    self.rowByteCount = rowByteCount
    workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: actions)
    let rows = UnsafeMutableRawPointer.allocate(byteCount: max(8, actions * rowByteCount), alignment: 64)
    rows.initializeMemory(as: UInt8.self, repeating: 0, count: max(8, actions * rowByteCount))
    self.rows = rows
    rowPointers = (0..<actions).map { UnsafeRawPointer(rows + $0 * rowByteCount) }
    states = FloatBuffer(count: max(1, actions * network.stateSize))
    gains = FloatBuffer(count: actions)
    transitions = Array(repeating: Transition(reward: 0), count: actions)
  }

  deinit { rows.deallocate() }

  /// Adds what each action promises to the policy's logits. If the world fails at an action, they stay as they are: the step
  /// itself will tell.
  /// - Parameters:
  ///   - logits: [A].
  ///   - strengths: one for each value head.
  ///   - state: [S], the recurrent state after the current observation.
  func steer(
    _ logits: UnsafeMutablePointer<Float>, by strengths: [Float], in world: any ForeseeingEnvironment,
    state: UnsafePointer<Float>, weights: Weights
  ) {
    do {
      for action in 0..<actions {
        caption.clear()
        transitions[action] = try world.foresee(
          action, into: StepOutput(row: rows + action * rowByteCount, caption: caption))
      }
    } catch { return }
    for action in 0..<actions {
      (states.pointer + action * network.stateSize).update(from: state, count: network.stateSize)
    }
    rowPointers.withUnsafeBufferPointer { pointers in
      guard let base = pointers.baseAddress else { return }
      network.infer(rows: base, batch: actions, state: states.pointer, weights: weights, workspace: workspace)
    }
    addGains(to: logits, strengths)
  }

  private func addGains(to logits: UnsafeMutablePointer<Float>, _ strengths: [Float]) {
    let heads = network.valueHeads
    for action in 0..<actions {
      let transition = transitions[action]
      var gain: Float = 0
      for head in 0..<min(heads, strengths.count) {
        let next = transition.terminated ? 0 : options.discount * workspace.values[action * heads + head]
        gain += strengths[head] * ((head == 0 ? reward(transition.reward) : 0) + next)
      }
      gains.pointer[action] = gain
    }
    var mean: Float = 0
    for action in 0..<actions { mean += gains.pointer[action] / Float(actions) }
    // A policy whose values have diverged acts without them.
    guard mean.isFinite else { return }
    for action in 0..<actions { logits[action] += gains.pointer[action] - mean }
  }

  /// The world's reward as the learner's reward mixer counts it.
  private func reward(_ reward: Float) -> Float {
    let scaled = reward * options.rewardScale
    return options.rewardCoefficient * max(-options.rewardClip, min(options.rewardClip, scaled))
  }
}

extension Steering.Options {
  /// What a run's rewards are multiplied by; nil if its plan steers nothing.
  init?(_ configuration: RunConfiguration) {
    guard configuration.plan.isThere, !configuration.plan.steering.isEmpty else { return nil }
    let reward = configuration.reward
    self.init()
    rewardScale = Float(reward.extrinsicScale)
    if reward.extrinsicClip > 0 { rewardClip = Float(reward.extrinsicClip) }
    rewardCoefficient = Float(reward.extrinsicCoefficient)
    discount = Float(configuration.learner.discount)
  }
}
