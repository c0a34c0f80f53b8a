import CPlatform
import Foundation
import Runtime
import Transport

/// An unroll and the session with the learner whose credit paid for it.
struct CollectedUnroll: Sendable {
  let buffer: TrajectoryBuffer
  let session: Int
}

/// One dedicated thread that plays one unit: credit, newest policy, unroll, deliver.
///
/// The unit is used by this thread alone from `start` to `join`.
final class RolloutThread: @unchecked Sendable {
  private let index: Int
  private let unit: any RolloutUnit
  private let givesWay: Bool
  private let gate: CreditGate
  private let policy: PolicyBox
  private let deliver: @Sendable (Result<CollectedUnroll, any Error>) -> Void
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameter givesWay: run only in the time that other threads of the machine leave.
  init(
    index: Int, unit: any RolloutUnit, givesWay: Bool = false, gate: CreditGate, policy: PolicyBox,
    deliver: @escaping @Sendable (Result<CollectedUnroll, any Error>) -> Void
  ) {
    self.index = index
    self.unit = unit
    self.givesWay = givesWay
    self.gate = gate
    self.policy = policy
    self.deliver = deliver
  }

  func start() {
    let thread = Thread { [self] in
      tengu_name_thread("rollout-\(index)")
      if givesWay { tengu_give_way() }
      run()
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  func join() { ended.wait() }

  private func run() {
    var waited = MonotonicClock.seconds
    while let session = gate.take(unit.unrollsPerTurn) {
      let wait = MonotonicClock.seconds - waited
      defer { waited = MonotonicClock.seconds }
      // Credits are only granted once a policy has arrived.
      guard let snapshot = policy.current else { continue }
      do {
        let buffers = try unit.collect(policy: snapshot)
        for (index, buffer) in buffers.enumerated() {
          if index == 0 { buffer.times.wait = wait }
          deliver(.success(CollectedUnroll(buffer: buffer, session: session)))
        }
      } catch {
        deliver(.failure(error))
        return
      }
    }
  }
}
