import ActorCritic
import Runtime
import Transport

/// The groups that one rollout thread plays, and the way in which it interleaves them.
protocol RolloutUnit: AnyObject {
  /// Unrolls that a call of `collect` returns; each costs a credit.
  var unrollsPerTurn: Int { get }
  /// Groups whose unrolls it collects.
  var groupCount: Int { get }

  /// - Parameters:
  ///   - work: units of a text run to write, if the learner has numbered them; only a text policy reads it.
  ///   - newest: the newest policy, asked before each step.
  func collect(work: [UInt64], newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer]
}

extension RolloutUnit {
  func collect(policy: PolicySnapshot) throws -> [TrajectoryBuffer] { try collect(work: []) { policy } }
}

/// A unit that plays groups of environments.
protocol PlayingUnit: RolloutUnit {
  var groups: [RolloutGroup] { get }

  func collect(newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer]
}

extension PlayingUnit {
  var groupCount: Int { groups.count }

  func collect(work: [UInt64], newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer] {
    try collect(newest: newest)
  }
}

/// Groups that take turns on one thread, one unroll each.
final class AlternatingGroups: PlayingUnit {
  let groups: [RolloutGroup]
  private var turn = 0

  var unrollsPerTurn: Int { 1 }

  init(groups: [RolloutGroup]) { self.groups = groups }

  func collect(newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer] {
    defer { turn = (turn + 1) % groups.count }
    return [try groups[turn].collect(newest: newest)]
  }
}

/// Two groups on two threads: while the environments of one group step, the network runs for the other (double buffering
/// as in Sample Factory). It lets environments use a second core while they would wait for the network. If all cores are
/// busy with rollout threads already, it gains nothing; it is off by default.
final class DoubleBufferedPair: PlayingUnit {
  let groups: [RolloutGroup]
  private let threads: ThreadTeam

  var unrollsPerTurn: Int { 2 }

  /// - Throws: `SystemError` if the second thread cannot be started.
  init(_ first: RolloutGroup, _ second: RolloutGroup) throws {
    groups = [first, second]
    threads = try ThreadTeam(count: 2, name: "group")
  }

  func collect(newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer] {
    let began = MonotonicClock.seconds
    let (a, b) = (groups[0], groups[1])
    let buffers = try groups.map { try $0.begin() }
    let steps = a.shape.unrollLength
    var policy = newest()
    a.act(0, buffers[0], policy)
    for t in 0..<steps {
      let (current, next) = (policy, newest())
      try overlap({ try a.advance(t, buffers[0], current) }, { b.act(t, buffers[1], current) })
      try overlap(
        { try b.advance(t, buffers[1], current) }, { if t + 1 < steps { a.act(t + 1, buffers[0], next) } })
      policy = next
    }
    for (group, buffer) in zip(groups, buffers) {
      group.finish(buffer)
      // Each group counts the time of one thread, including its waiting for the other thread.
      buffer.times.other = max(0, MonotonicClock.seconds - began - buffer.times.total)
    }
    return buffers
  }

  /// Steps one group while the network runs for the other.
  private func overlap(_ step: @escaping () throws -> Void, _ infer: @escaping () -> Void) throws {
    var failure: (any Error)?
    threads.run { shard in
      if shard == 0 { infer() } else { do { try step() } catch { failure = error } }
    }
    if let failure { throw failure }
  }
}

/// Two groups on one thread whose environments play elsewhere: while those of one group step, this thread runs the network
/// for the other.
final class OverlappingPair: PlayingUnit {
  let groups: [RolloutGroup]

  var unrollsPerTurn: Int { 2 }

  init(_ first: RolloutGroup, _ second: RolloutGroup) { groups = [first, second] }

  func collect(newest: () -> PolicySnapshot) throws -> [TrajectoryBuffer] {
    let began = MonotonicClock.seconds
    let buffers = try groups.map { try $0.begin() }
    var policies: [PolicySnapshot] = []
    for (group, buffer) in zip(groups, buffers) {
      let policy = newest()
      group.act(0, buffer, policy)
      try group.send(0, buffer)
      policies.append(policy)
    }
    let steps = groups[0].shape.unrollLength
    for t in 0..<steps {
      for (index, group) in groups.enumerated() {
        let buffer = buffers[index]
        try group.complete(t, buffer, policies[index])
        guard t + 1 < steps else { continue }
        policies[index] = newest()
        group.act(t + 1, buffer, policies[index])
        try group.send(t + 1, buffer)
      }
    }
    for (group, buffer) in zip(groups, buffers) {
      group.finish(buffer)
      buffer.times.other = max(0, MonotonicClock.seconds - began - buffer.times.total)
    }
    return buffers
  }
}
