import Synchronization

/// How the trainer spent its time since it was last asked.
final class TrainerTimes: Sendable {
  /// Seconds.
  struct Seconds: Sendable, Equatable {
    /// Waiting for a batch.
    var wait = 0.0
    /// Taking in labels and computing rewards.
    var rewards = 0.0
    /// The train step.
    var train = 0.0
    /// Making the new policy available to workers.
    var publish = 0.0

    static func += (sum: inout Seconds, more: Seconds) {
      sum.wait += more.wait
      sum.rewards += more.rewards
      sum.train += more.train
      sum.publish += more.publish
    }

    var total: Double { wait + rewards + train + publish }
  }

  private let seconds = Mutex(Seconds())

  func add(_ more: Seconds) { seconds.withLock { $0 += more } }

  /// Adds seconds that a batch was waited for.
  func add(wait: Double) { seconds.withLock { $0.wait += wait } }

  /// What was added since the last call.
  func take() -> Seconds {
    seconds.withLock { current in
      defer { current = Seconds() }
      return current
    }
  }
}
