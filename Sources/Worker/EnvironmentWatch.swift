import Synchronization

/// Which call of an environment a group's thread is in, for a reader on another thread. An environment is foreign code,
/// often a C library, and a call that never returns cannot be ended from outside; it can be seen and named.
///
/// The thread that plays stores one word before each call, so that watching costs one store per step.
public final class EnvironmentWatch: Sendable {
  /// A call of an environment.
  public struct Call: Sendable, Equatable, CustomStringConvertible {
    enum Kind: Sendable, Equatable {
      case making, starting
      /// The action, if the space is discrete.
      case stepping(action: Int?)
    }

    /// The worker's number of the group.
    var group: Int
    /// The environment's number in the group.
    var environment: Int
    var kind: Kind
    /// Seed of the episode; nil before the first one.
    var seed: UInt64?
    /// Steps of the episode before this call.
    var step: Int

    public var description: String {
      let place = "environment \(environment) of group \(group)"
      guard let seed else { return "\(place), which is being made" }
      return switch kind {
      case .making: "\(place), which is being made again after step \(step) of the episode with seed \(seed)"
      case .starting: "\(place), at the start of the episode with seed \(seed)"
      case .stepping(let action?): "\(place), at step \(step) of the episode with seed \(seed), action \(action)"
      case .stepping: "\(place), at step \(step) of the episode with seed \(seed)"
      }
    }
  }

  private struct Episode {
    var seed: UInt64?
    /// The group's step at which it began.
    var start: UInt32 = 0
  }

  private static let idle: UInt64 = 0
  private static let starting = 0
  private static let making = 0xFFFF
  /// Actions are stored from 1 on; larger ones, which no environment has, count as the one before this.
  private static let unknownAction = 0xFFFE

  private let group: Int
  /// Bits 0 to 15: the environment. 16 to 31: what is called. 32 to 63: the group's step, from 1 on.
  private let word = Atomic<UInt64>(idle)
  /// Changed once per episode.
  private let episodes: Mutex<[Episode]>

  /// - Parameters:
  ///   - group: the worker's number of the group.
  ///   - environments: the group's environments.
  public init(group: Int, environments: Int) {
    self.group = group
    episodes = Mutex(Array(repeating: Episode(), count: environments))
  }

  // MARK: The thread that plays

  /// - Parameter clock: steps that the group has played.
  func make(_ environment: Int, clock: UInt32) { store(environment, Self.making, clock) }

  func start(_ environment: Int, seed: UInt64, clock: UInt32) {
    episodes.withLock { $0[environment] = Episode(seed: seed, start: clock) }
    store(environment, Self.starting, clock)
  }

  /// - Parameter action: nil if the space is not discrete.
  func step(_ environment: Int, action: Int?, clock: UInt32) {
    let code = action.map { min(max($0, 0), Self.unknownAction - 2) + 1 } ?? Self.unknownAction
    store(environment, code, clock)
  }

  /// The calls have returned.
  func rest() { word.store(Self.idle, ordering: .releasing) }

  private func store(_ environment: Int, _ code: Int, _ clock: UInt32) {
    word.store(
      UInt64(clock &+ 1) << 32 | UInt64(code) << 16 | UInt64(environment & 0xFFFF), ordering: .releasing)
  }

  // MARK: The reader

  /// A number that differs from call to call; nil while no call is running.
  var current: UInt64? {
    let word = word.load(ordering: .acquiring)
    return word == Self.idle ? nil : word
  }

  /// What a number of `current` says. The episode is right only if the call still runs.
  func call(_ word: UInt64) -> Call {
    let (environment, code) = (Int(word & 0xFFFF), Int(word >> 16 & 0xFFFF))
    let clock = UInt32(truncatingIfNeeded: word >> 32) &- 1
    let episode = episodes.withLock { $0.indices.contains(environment) ? $0[environment] : Episode() }
    let kind: Call.Kind =
      switch code {
      case Self.starting: .starting
      case Self.making: .making
      case Self.unknownAction: .stepping(action: nil)
      default: .stepping(action: code - 1)
      }
    return Call(
      group: group, environment: environment, kind: kind, seed: episode.seed, step: Int(clock &- episode.start))
  }
}

/// Finds the environment whose call does not return. Used by one thread, which never waits for those that play.
package struct EnvironmentWatchdog: Sendable {
  private struct Sight {
    var word: UInt64?
    /// Seconds for which the same call was seen.
    var seconds = 0.0
  }

  private static let checksPerLimit = 20.0
  private static let maximumIntervalSeconds = 1.0

  private let watches: [EnvironmentWatch]
  /// Seconds that a call may take.
  package let limit: Double
  private let interval: Double
  private var sights: [Sight]
  private var latest: Double?

  /// - Parameter limit: seconds that a call may take.
  init(_ watches: [EnvironmentWatch], limit: Double) {
    self.watches = watches
    self.limit = limit
    interval = min(limit / Self.checksPerLimit, Self.maximumIntervalSeconds)
    sights = Array(repeating: Sight(), count: watches.count)
  }

  /// When `check` is due, in seconds on the caller's clock.
  package func nextCheck(now: Double) -> Double { latest.map { $0 + interval } ?? now }

  /// The call that has taken longer than the limit; nil if there is none.
  package mutating func check(now: Double) -> EnvironmentWatch.Call? {
    let passed = latest.map { now - $0 } ?? 0
    guard latest == nil || passed >= interval else { return nil }
    latest = now
    for (index, watch) in watches.enumerated() {
      let word = watch.current
      guard let word, word == sights[index].word else {
        sights[index] = Sight(word: word)
        continue
      }
      // A process that was stopped for a while has not waited for its environments meanwhile.
      sights[index].seconds += min(passed, 2 * interval)
      if sights[index].seconds >= limit { return watch.call(word) }
    }
    return nil
  }
}
