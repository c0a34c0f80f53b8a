import Dispatch
import Glibc
import Runtime
import Synchronization

/// A thread that learns a reward in parallel to the trainer, at the lowest priority and, on average, for at most a
/// share of one core. Priorities alone do not ensure the share: a kernel that divides cores between sessions gives the
/// thread of an idle learner most of a core that workers could use.
///
/// Updates wait in a mailbox. It holds each caption and label at most once, so the caption ledger bounds it.
final class RewardThread {
  /// `Sendable` because only the thread uses the learner once it runs.
  private final class Shared: @unchecked Sendable {
    struct Mail {
      var update = RewardUpdate()
      var policyUpdates = 0
      var isStopped = false
      var scores: RewardScores?
    }

    let learner: CaptionLearner
    let coreShare: Double
    let mail = Mutex(Mail())
    /// Signalled for new mail and for the stop.
    let wake = DispatchSemaphore(value: 0)

    init(_ learner: CaptionLearner, coreShare: Double) {
      self.learner = learner
      self.coreShare = coreShare
    }

    /// The thread's main loop: receives mail, does a piece of work, and rests in proportion to its CPU time.
    func run() {
      var published: RewardScores?
      var budget = WorkBudget(share: coreShare, now: Self.now)
      while let (update, policyUpdates) = takeMail() {
        learner.take(update, policyUpdates: policyUpdates)
        let began = CurrentThread.cpuSeconds
        let worked = learner.advance()
        let spent = CurrentThread.cpuSeconds - began
        learner.spent(spent)
        if learner.scores !== published {
          published = learner.scores
          mail.withLock { $0.scores = published }
        }
        let pause = budget.rest(after: spent, now: Self.now)
        if worked { rest(pause) } else { wake.wait() }
      }
    }

    private func takeMail() -> (RewardUpdate, policyUpdates: Int)? {
      mail.withLock { mail in
        defer { (mail.update, mail.policyUpdates) = (RewardUpdate(), 0) }
        return mail.isStopped ? nil : (mail.update, mail.policyUpdates)
      }
    }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// Sleeps; a stop ends the sleep.
    private func rest(_ seconds: Double) {
      guard seconds > 0 else { return }
      let deadline = DispatchTime.now() + seconds
      while !mail.withLock({ $0.isStopped }), wake.wait(timeout: deadline) == .success {}
    }
  }

  private let shared: Shared
  private var thread = pthread_t()

  /// - Parameter coreShare: above 0, at most 1.
  /// - Throws: `SystemError` if the operating system refuses the thread.
  init(_ learner: CaptionLearner, coreShare: Double) throws {
    precondition(coreShare > 0 && coreShare <= 1, "a share of \(coreShare)")
    shared = Shared(learner, coreShare: coreShare)
    let context = Unmanaged.passRetained(shared)
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        CurrentThread.setName("reward")
        CurrentThread.lowerPriorityToMinimum()
        Unmanaged<Shared>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw SystemError(operation: "starting the reward thread", code: code)
    }
  }

  deinit {
    shared.mail.withLock { $0.isStopped = true }
    shared.wake.signal()
    pthread_join(thread, nil)
  }

  /// Passes an update to the thread and counts an update of the policy.
  /// - Returns: scores newer than those of the last call; nil if there are none.
  func exchange(_ update: RewardUpdate) -> RewardScores? {
    let scores = shared.mail.withLock { mail in
      mail.update.append(update)
      if !update.isEarlier { mail.policyUpdates += 1 }
      defer { mail.scores = nil }
      return mail.scores
    }
    shared.wake.signal()
    return scores
  }
}

/// Limits work to a share of one core on average, with a reserve for bursts: after a quiet time and at the start of a
/// run, work continues without rest. The caller passes the time.
struct WorkBudget: Sendable {
  /// Maximum CPU seconds of a burst.
  static let reserveSeconds = 1.0

  /// Share of one core, above 0.
  let share: Double
  /// CPU seconds available now; if negative, the thread has to rest.
  private var balance = WorkBudget.reserveSeconds
  private var latest: Double

  /// - Parameter now: seconds on any monotonic clock.
  init(share: Double, now: Double) {
    self.share = share
    latest = now
  }

  /// Subtracts `spent` CPU seconds of work that ended at `now`.
  /// - Returns: seconds to rest before the next piece of work.
  mutating func rest(after spent: Double, now: Double) -> Double {
    balance = min(balance + (now - latest) * share, Self.reserveSeconds) - spent
    latest = now
    return balance < 0 ? -balance / share : 0
  }
}
