import Foundation

/// Permission to play some unrolls.
struct Credit: Sendable, Equatable {
  /// The session that they belong to.
  var session: Int
  /// The units of a text run that they are for; empty in other runs.
  var units: [UInt64] = []
}

/// Makes rollout threads wait until the learner wants more: a thread takes a credit before it begins an unroll. Credits
/// bound the unrolls in flight, and no finished unroll ages while it waits for permission to be sent.
///
/// The condition guards all state.
final class CreditGate: @unchecked Sendable {
  private let condition = NSCondition()
  private var available = 0
  /// Units of the available credits, in the order in which they were granted; fewer, or none, if the learner named none.
  private var units: [UInt64] = []
  /// Unrolls that may be in flight, whatever a learner grants, because they bound the worker's memory.
  private var limit = 0
  /// Whether the session's first policy has arrived.
  private var open = false
  private var session = 0
  private var closedForGood = false

  /// Begins a session, which has no credit yet; the credits of an earlier session are void.
  func begin(limit: Int) {
    condition.withLock {
      session += 1
      available = 0
      units = []
      self.limit = limit
      open = false
    }
  }

  /// The session's first policy has arrived.
  func admit() {
    condition.withLock {
      open = true
      condition.broadcast()
    }
  }

  /// The learner grants `credits`.
  /// - Parameter units: those of a text run that the credits are for.
  func grant(_ credits: Int, units: [UInt64] = []) {
    condition.withLock {
      available = min(available + credits, limit)
      self.units += units.prefix(max(0, available - self.units.count))
      condition.broadcast()
    }
  }

  /// Hands out no more credits until the next `begin`. Unrolls that are being played belong to no session any more: the
  /// learner of the next one may have gone back to an older policy, and refuses those of a newer one.
  func suspend() {
    condition.withLock {
      session += 1
      open = false
    }
  }

  /// Releases every waiting thread with nil, now and later.
  func close() {
    condition.withLock {
      closedForGood = true
      condition.broadcast()
    }
  }

  /// Takes `count` credits, and waits for them if needed.
  /// - Returns: nil if the gate is closed.
  func take(_ count: Int) -> Credit? {
    condition.withLock {
      while !closedForGood && !(open && available >= count) { condition.wait() }
      return closedForGood ? nil : spend(count)
    }
  }

  /// Takes `count` credits if they are available now.
  func takeIfAvailable(_ count: Int) -> Credit? {
    condition.withLock {
      guard open, available >= count, !closedForGood else { return nil }
      return spend(count)
    }
  }

  private func spend(_ count: Int) -> Credit {
    available -= count
    guard !units.isEmpty else { return Credit(session: session) }
    defer { units.removeFirst(min(count, units.count)) }
    return Credit(session: session, units: Array(units.prefix(count)))
  }

  /// The current session; unrolls of an earlier one are void.
  var currentSession: Int { condition.withLock { session } }
}
