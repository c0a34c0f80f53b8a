import IntrinsicReward
import Synchronization

/// How unsure the reward model is of each caption, on its way from the trainer to the I/O thread, which asks about the
/// captions the model is least sure of. Only the newest counts.
final class UncertaintyBox: Sendable {
  private struct State {
    var version = 0
    var newest: [Float]?
  }

  private let state = Mutex(State())

  /// Takes over what a newer version of the model says.
  func update(from model: any RewardModel) {
    let known = state.withLock { $0.version }
    guard model.version != known else { return }
    let uncertainties = model.uncertainties
    state.withLock { $0 = State(version: model.version, newest: uncertainties) }
  }

  /// By caption id; nil if there is nothing newer than at the last call.
  func take() -> [Float]? {
    state.withLock { state in
      defer { state.newest = nil }
      return state.newest
    }
  }
}
