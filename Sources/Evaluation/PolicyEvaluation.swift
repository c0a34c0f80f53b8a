import Dispatch
import Environments
import Foundation
import Runtime
import Synchronization

/// Plays seeded episodes with a policy, on several threads. The results depend only on the policy, the seed, `isGreedy`
/// and the number of episodes.
public struct PolicyEvaluation: Sendable {
  public var episodes = 100
  public var seed: UInt64 = 1
  /// Whether the policy takes the most probable action instead of sampling.
  public var isGreedy = false
  /// Threads; 0 = one for each processor that the process may use.
  public var threads = 0
  /// nil keeps only the results.
  public var recording: EpisodeRecording?
  /// Receives the number of finished episodes after each, on any thread; nil for nobody.
  public var progress: (@Sendable (Int) -> Void)?

  public init() {}

  /// The state that the threads share.
  private struct Progress {
    var next = 0
    var results: [EpisodeResult] = []
    var failure: (any Error)?
  }

  /// - Throws: the first error of an environment.
  public func play(_ policy: PolicyUnderTest) throws -> [EpisodeResult] {
    let state = Mutex(Progress())
    let cores = threads > 0 ? threads : UsableProcessors.count
    // A thread is useful only if there are episodes for its places.
    let useful = (episodes + EpisodePlayer.places - 1) / EpisodePlayer.places
    DispatchQueue.concurrentPerform(iterations: max(1, min(cores, useful))) { _ in
      do {
        let player = try EpisodePlayer(policy, seed: seed, isGreedy: isGreedy, recording: recording)
        try player.play(
          next: { state.withLock { next(&$0) } },
          report: { result in
            let count = state.withLock { state in
              state.results.append(result)
              return state.results.count
            }
            progress?(count)
          })
      } catch {
        state.withLock { if $0.failure == nil { $0.failure = error } }
      }
    }
    return try state.withLock {
      if let failure = $0.failure { throw failure }
      return $0.results.sorted { $0.episode < $1.episode }
    }
  }

  private func next(_ progress: inout Progress) -> Int? {
    guard progress.next < episodes, progress.failure == nil else { return nil }
    defer { progress.next += 1 }
    return progress.next
  }
}
