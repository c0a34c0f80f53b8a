import Foundation

/// Holds rollout threads back until the learner wants more: a thread takes a credit before it begins an unroll, so what
/// is in flight is bounded and never waits, growing stale, for leave to be sent.
///
/// All state is guarded by the condition.
final class CreditGate: @unchecked Sendable {
  private let condition = NSCondition()
  private var available = 0
  private var open = false
  private var session = 0
  private var closedForGood = false

  /// Begins a session with the learner with `credits`; whatever was left of an earlier one is void.
  func begin(credits: Int) {
    condition.withLock {
      session += 1
      available = credits
      open = true
      condition.broadcast()
    }
  }

  /// The learner consumed `credits` unrolls.
  func grant(_ credits: Int) {
    condition.withLock {
      available += credits
      condition.broadcast()
    }
  }

  /// Stops handing out credits until the next `begin`.
  func suspend() { condition.withLock { open = false } }

  /// Releases every waiting thread with nil, for ever.
  func close() {
    condition.withLock {
      closedForGood = true
      condition.broadcast()
    }
  }

  /// Takes `count` credits, waiting for them.
  /// - Returns: the session they belong to; nil when the worker is ending.
  func take(_ count: Int) -> Int? {
    condition.withLock {
      while !closedForGood && !(open && available >= count) { condition.wait() }
      if closedForGood { return nil }
      available -= count
      return session
    }
  }

  /// Takes `count` credits if they are there now.
  func takeIfAvailable(_ count: Int) -> Int? {
    condition.withLock {
      guard open, available >= count, !closedForGood else { return nil }
      available -= count
      return session
    }
  }

  /// The session whose credits count; work begun under an earlier one is void.
  var currentSession: Int { condition.withLock { session } }
}
