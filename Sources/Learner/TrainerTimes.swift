import Synchronization

/// How the trainer spent its time since it was last asked.
final class TrainerTimes: Sendable {
  private let seconds = Mutex<(waited: Double, worked: Double)>((0, 0))

  func add(waited: Double, worked: Double) {
    seconds.withLock {
      $0.waited += waited
      $0.worked += worked
    }
  }

  /// Seconds waited for batches and spent in turns, since the last call.
  func take() -> (waited: Double, worked: Double) {
    seconds.withLock { current in
      defer { current = (0, 0) }
      return current
    }
  }
}
