import Environments
import Foundation
import Runtime
import Synchronization
import Trajectories

/// One environment of a server, for evaluations and replays: a message for each step, which is slow.
final class ServedEnvironment: Environment {
  let specification: EnvironmentSpecification
  private let batch: any EnvironmentBatch
  private let server: SharedServer
  /// Servers report facts at the end of an episode.
  private(set) var facts = EpisodeFacts()

  /// - Throws: `EnvironmentError` if the environment cannot be made.
  init(_ options: EnvironmentOptions, specification: EnvironmentSpecification) throws {
    self.specification = specification
    (server, batch) = try SharedServer.makeEnvironment(options, specification)
  }

  func reset(seed: UInt64, into output: StepOutput) throws {
    try server.locked {
      facts = EpisodeFacts()
      try withUnsafePointer(to: seed) { try batch.start(seeds: $0) }
      try batch.reset(0, seed: seed, into: output)
    }
  }

  func step(_ choice: ActionChoice, into output: StepOutput) throws -> Transition {
    try server.locked {
      // The next episode begins at once with this seed, and again with its own at `reset`.
      let seed: UInt64 = 0
      let elements =
        specification.actions.isContinuous
        ? choice.stored.map { Int32(bitPattern: $0.bitPattern) }
        : (0..<choice.count).map { Int32(clamping: choice[$0]) }
      try elements.withUnsafeBufferPointer { elements in
        // A space has at least one element.
        guard let action = elements.baseAddress else { return }
        try withUnsafePointer(to: seed) { try batch.send(action, nextSeeds: $0) }
      }
      try batch.receive()
      let transition = try batch.step(0, action: choice, into: output)
      if transition.done { facts = batch.facts(0) }
      return transition
    }
  }
}

/// A server that several environments share, which may be used by different threads.
///
/// `@unchecked` holds because the host and its batches are used within `locked` only.
final class SharedServer: @unchecked Sendable {
  /// Environments of one server: those that an evaluation's thread plays at the same time.
  private static let environmentsPerServer = 16

  /// The latest server of each task, as long as one of its environments lives.
  private static let latest = Mutex<[[String]: Entry]>([:])

  private struct Entry {
    weak var server: SharedServer?
    var environments = 0
  }

  private let host: ServerHost
  private let lock = NSLock()

  private init(_ options: ServerOptions, _ specification: EnvironmentSpecification) throws {
    host = try ServerHost(options, address: options.addresses.first, expected: specification)
  }

  /// Runs `body` while no other thread uses the server.
  func locked<Value>(_ body: () throws -> Value) rethrows -> Value {
    lock.lock()
    defer { lock.unlock() }
    return try body()
  }

  /// A batch of one environment, and the server that steps it.
  static func makeEnvironment(
    _ options: EnvironmentOptions, _ specification: EnvironmentSpecification
  ) throws -> (SharedServer, any EnvironmentBatch) {
    let options = try ServerOptions(options)
    let server = try latest.withLock { servers in
      var entry = servers[options.descriptionKey] ?? Entry()
      let server: SharedServer
      if let known = entry.server, entry.environments < environmentsPerServer {
        server = known
      } else {
        server = try SharedServer(options, specification)
        entry = Entry(server: server)
      }
      entry.environments += 1
      servers[options.descriptionKey] = entry
      return server
    }
    return (server, try server.locked { try server.host.makeBatch(count: 1, name: "this environment") })
  }
}
