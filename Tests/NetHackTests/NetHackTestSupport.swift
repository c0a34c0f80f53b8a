import Environments
import Foundation
import Glibc
import Runtime
import Synchronization
import Tensor

@testable import NetHack

/// Where the tests look for NetHack, and a player of random actions.
enum NetHackInstallation {
  /// TENGU_NETHACK, or the folder scripts/get-nethack.sh fills.
  static let directory = variable("TENGU_NETHACK") ?? ".deps/nethack"
  static let isPresent = (try? NetHackLibrary(directory: directory)) != nil

  /// A variable of the process's surroundings; nil if it is not set.
  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Whether the compiler of levels is there, too.
  static let hasLevels = isPresent && access("\(directory)/levels/lev_comp", X_OK) == 0

  static func options(_ task: String, keys: [String]? = nil, steps: Int? = nil) -> EnvironmentOptions {
    EnvironmentOptions(
      task: task, maximumEpisodeSteps: steps, gameDirectory: directory, observationKeys: keys)
  }
}

/// Plays random actions and hashes all it observes.
final class NetHackRandomPlayer {
  let environment: NetHackEnvironment
  let caption = CaptionBuffer()
  let row: UnsafeMutableRawPointer
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var episodes = 0
  private var actions: SplitMix64
  private var isPlaying = false

  init(_ options: EnvironmentOptions, seed: UInt64) throws {
    environment = try NetHackEnvironment(task: NetHackTasks.task(named: options.task), options: options)
    row = .allocate(byteCount: environment.specification.observation.rowByteCount, alignment: 64)
    row.initializeMemory(as: UInt8.self, repeating: 0, count: environment.specification.observation.rowByteCount)
    actions = SplitMix64(seed: seed)
  }

  deinit { row.deallocate() }

  var output: StepOutput { StepOutput(row: row, caption: caption) }

  @discardableResult
  func step() throws -> Transition {
    if !isPlaying {
      try environment.reset(seed: actions.next(), into: output)
      episodes += 1
      mix()
    }
    let action = Int(actions.next() % UInt64(environment.specification.actions.parameterCount))
    let transition = try environment.step(action, into: output)
    isPlaying = !transition.done
    hash = (hash ^ UInt64(transition.reward.bitPattern)) &* 0x0000_0100_0000_01B3
    mix()
    return transition
  }

  func values<Element>(_ key: String, as type: Element.Type) -> [Element] {
    let layout = environment.specification.observation
    guard let index = layout.fields.firstIndex(where: { $0.name == key }) else { return [] }
    return Array(
      output.field(at: layout.offsets[index], as: type, count: layout.fields[index].elementCount))
  }

  /// FNV-1a over words.
  private func mix() {
    let count = environment.specification.observation.rowByteCount / 8
    for word in output.field(at: 0, as: UInt64.self, count: count) {
      hash = (hash ^ word) &* 0x0000_0100_0000_01B3
    }
  }
}

/// Plays many instances on real threads, and passes each instance to another thread after every round.
///
/// Rule of its unchecked sendability: between two barriers a thread touches only the players of its share.
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
