import ActorCritic
import Tensor

/// Compares what an actor computed with what the learner computes from the same parameters. It keeps the parameters of one
/// published policy until an unroll of exactly this version arrives, and compares the log-probabilities. The difference is
/// 0 unless actor and learner compute differently, for instance because a worker has another build.
struct MismatchProbe {
  /// Updates between two comparisons; one costs about a third of an update of one unroll.
  private static let interval: UInt64 = 100
  /// Updates after which a policy that no whole unroll was played with is given up.
  private static let patience: UInt64 = 1_000

  private let parameters: FloatBuffer
  private let publishUpdates: UInt64
  private var version: UInt64?
  private var next: UInt64 = 0
  /// The latest result, in nats per frame; nil before the first comparison.
  private(set) var mismatch: Double?

  init(parameterCount: Int, publishUpdates: Int) {
    parameters = FloatBuffer(count: parameterCount)
    self.publishUpdates = UInt64(max(1, publishUpdates))
  }

  /// A policy of `version` may be published: keeps its parameters if a comparison is due.
  mutating func published(_ version: UInt64, _ current: FloatBuffer) {
    if let kept = self.version, version < kept || version - kept < Self.patience { return }
    guard version >= next || self.version != nil, version.isMultiple(of: publishUpdates) else { return }
    parameters.copy(from: current)
    self.version = version
  }

  /// Compares the first of `unrolls` that was played with the kept policy alone.
  mutating func compare(_ unrolls: [TrainUnroll], with step: TrainStep) throws {
    guard let version,
      let match = unrolls.first(where: {
        $0.unroll.policyVersion == version && $0.unroll.lastPolicyVersion == version
      })
    else { return }
    mismatch = try step.divergence(of: match, parameters: parameters)
    self.version = nil
    next = version + Self.interval
  }
}
