import Environments
import Runtime
import Transport

/// The server of a rollout thread: starts it, starts it again when it fails, and gives batches to the thread's groups.
final class ServerHost: EnvironmentHost {
  /// Failures of a server one after another, with fewer than `lifeSteps` steps in between, after which the worker gives up.
  private static let maximumFailures = 5
  private static let lifeSteps = 100

  let options: ServerOptions
  private let address: Endpoint?
  /// What the run plays: every server must play the same.
  private let expected: EnvironmentSpecification
  private var link: ServerLink?
  /// Counts the servers, so that a batch sees that its server is gone.
  private(set) var generation = 0
  private(set) var idlesAfterEnd = false
  private var batches: UInt32 = 0
  private var failures = 0
  private var stepsSinceFailure = 0

  /// Starts the server and does not wait for it.
  /// - Throws: `EnvironmentError` if it cannot be started.
  init(_ options: ServerOptions, address: Endpoint?, expected: EnvironmentSpecification) throws {
    self.options = options
    self.address = address
    self.expected = expected
    do {
      link = try ServerLink(options, address: address)
    } catch {
      throw EnvironmentError("\(options.task): the environment server \(error)")
    }
  }

  func makeBatch(count: Int, name: String) throws -> any EnvironmentBatch {
    batches += 1
    let batch = ServedBatch(host: self, number: batches, count: count, name: name, specification: expected)
    do {
      try batch.open()
    } catch let problem as ServerProblem {
      throw EnvironmentError("\(options.task): the environment server \(problem)")
    }
    return batch
  }

  /// The server, checked when it is new.
  /// - Throws: `EnvironmentError` if it cannot play, or plays something else.
  func server() throws -> ServerLink {
    if generation > 0, let link { return link }
    let link = try self.link ?? ServerLink(options, address: address)
    self.link = link
    let description = try link.describe()
    if let difference = expected.difference(from: description.specification) {
      throw EnvironmentError("\(options.task): \(link.name) does not play what the run does: \(difference)")
    }
    idlesAfterEnd = description.idlesAfterEnd
    generation = max(1, generation)
    return link
  }

  /// A batch's step has been played.
  func succeeded() {
    stepsSinceFailure += 1
    if stepsSinceFailure >= Self.lifeSteps { failures = 0 }
  }

  /// Ends a server that failed, unless that has happened already, and starts another one.
  /// - Parameter problem: what was wrong with the server of `generation`.
  /// - Throws: `EnvironmentError` if servers fail again and again.
  func replaceServer(of generation: Int, because problem: ServerProblem) throws {
    guard generation == self.generation else { return }
    failures += 1
    stepsSinceFailure = 0
    let name = link?.name ?? "the environment server"
    guard failures < Self.maximumFailures else {
      throw EnvironmentError(
        "\(options.task): \(failures) environment servers failed, the last one: \(name) \(problem)")
    }
    link = nil
    self.generation = 0
    do {
      _ = try server()
      self.generation = generation + 1
    } catch let second as ServerProblem {
      throw EnvironmentError("\(options.task): \(name) \(problem); the next one \(second)")
    }
  }
}

extension EnvironmentSpecification {
  /// The first difference that a policy would notice, in words; nil if there is none.
  func difference(from other: EnvironmentSpecification) -> String? {
    if actions != other.actions { return "its actions are \(other.actions) instead of \(actions)" }
    if observation.signature != other.observation.signature {
      return "it shows \(other.observation.signature) instead of \(observation.signature)"
    }
    for (own, theirs) in zip(observation.fields, other.observation.fields) where own != theirs {
      return "its \"\(theirs.name)\" has other categories or bounds"
    }
    return nil
  }
}
