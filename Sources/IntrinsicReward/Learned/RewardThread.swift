import CPlatform
import Dispatch
import Glibc
import Synchronization

/// A thread that learns a reward beside the trainer, out of its way: at the lowest priority, and in the long run for no more than
/// a share of one core, which priorities alone do not see to (a kernel that shares cores between sessions gives an idle learner's
/// thread most of a core that workers could use).
///
/// What it is told waits in a mailbox, which holds each caption and each label once at most: the caption ledger bounds it.
final class RewardThread {
  /// The learner is used by the thread alone once it runs; that is what makes it `Sendable`.
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
    /// Signalled when there is mail.
    let wake = DispatchSemaphore(value: 0)

    init(_ learner: CaptionLearner, coreShare: Double) {
      self.learner = learner
      self.coreShare = coreShare
    }

    /// The thread's body: mail, a piece of work, a rest in proportion.
    func run() {
      var published: RewardScores?
      var budget = WorkBudget(share: coreShare, now: Self.now)
      while let (update, policyUpdates) = takeMail() {
        learner.take(update, policyUpdates: policyUpdates)
        let began = tengu_thread_cpu_seconds()
        let worked = learner.advance()
        let spent = tengu_thread_cpu_seconds() - began
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

    /// Sleeps; a stop ends it.
    private func rest(_ seconds: Double) {
      guard seconds > 0 else { return }
      let deadline = DispatchTime.now() + seconds
      while !mail.withLock({ $0.isStopped }), wake.wait(timeout: deadline) == .success {}
    }
  }

  private let shared: Shared
  private var thread = pthread_t()

  /// - Parameter coreShare: above 0, at most 1.
  /// - Throws: `RewardThreadError`.
  init(_ learner: CaptionLearner, coreShare: Double) throws {
    precondition(coreShare > 0 && coreShare <= 1, "a share of \(coreShare)")
    shared = Shared(learner, coreShare: coreShare)
    let context = Unmanaged.passRetained(shared)
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        tengu_name_thread("reward")
        tengu_give_way_to_all()
        Unmanaged<Shared>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw RewardThreadError(description: "cannot start the reward thread: \(String(cString: strerror(code)))")
    }
  }

  deinit {
    shared.mail.withLock { $0.isStopped = true }
    shared.wake.signal()
    pthread_join(thread, nil)
  }

  /// Hands over what is new, and that the policy was updated.
  /// - Returns: scores newer than those of the last call, if there are any.
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

/// The thread could not be started.
struct RewardThreadError: Error, CustomStringConvertible {
  let description: String
}
