import Environments
import Foundation
import Glibc
import Synchronization
@testable import NetHack

/// Plays many instances on real threads, and passes each instance to another thread after every round.
///
/// Rule of its unchecked sendability: between two barriers a thread touches only the players of its own share.
final class NetHackCrowd: @unchecked Sendable {
  private let shares: [[NetHackRandomPlayer]]
  private let barrier = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 1)
  private let failures = Atomic<Int>(0)

  init(_ options: EnvironmentOptions, instances: Int, threads: Int) throws {
    let share = instances / threads
    shares = try (0..<threads).map { thread in
      try (thread * share..<(thread + 1) * share).map { try NetHackRandomPlayer(options, seed: UInt64($0)) }
    }
    pthread_barrier_init(barrier, nil, UInt32(threads))
  }

  deinit {
    pthread_barrier_destroy(barrier)
    barrier.deallocate()
  }

  /// In the order of the seeds; empty if any step failed.
  var hashes: [UInt64] {
    failures.load(ordering: .relaxed) == 0 ? shares.flatMap { $0.map(\.hash) } : []
  }

  func play(rounds: Int) {
    let finished = DispatchSemaphore(value: 0)
    for thread in shares.indices {
      Thread.detachNewThread { [unowned self] in
        for round in 0..<rounds {
          let share = self.shares[(thread + round) % self.shares.count]
          for player in share where (try? player.step()) == nil {
            self.failures.wrappingAdd(1, ordering: .relaxed)
          }
          pthread_barrier_wait(self.barrier)
        }
        finished.signal()
      }
    }
    for _ in shares { finished.wait() }
  }
}
