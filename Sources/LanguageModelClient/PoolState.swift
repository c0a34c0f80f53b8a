import Judging
import Runtime

/// How the wait for a server ended.
enum Placement: Sendable {
  case at(server: Int)
  case lapsed
  case refused(ModelFailure)
  case cancelled
}

/// All mutable state, under one lock. Invariant: `continuations` has exactly the questions that wait in `pool`.
struct PoolState {
  var pool: ServerPool
  var continuations: [UInt64: CheckedContinuation<Placement, Never>] = [:]
  var probes: [UInt64: Task<Void, Never>] = [:]
  var capabilities: [ServerCapabilities?]
  /// The model that all servers must have: the configured one, or else that of the first server that answered.
  var model: String?
  /// The latest failure of each server, until discovery succeeds again.
  var failures: [AttemptFailure?]
  /// Servers whose latest log line says that they are lost.
  var lost: Set<Int> = []
  var statistics = LanguageModelStatistics()
  var generator: RandomGenerator
  private var nextID: UInt64 = 0
  private(set) var isClosed = false

  mutating func makeID() -> UInt64 {
    nextID += 1
    return nextID
  }

  init(options: LanguageModelOptions) {
    let count = options.servers.count
    pool = ServerPool(
      servers: count, requestsPerServer: options.requestsPerServer, breaker: options.breaker, seed: options.seed)
    capabilities = Array(repeating: nil, count: count)
    model = options.model
    failures = Array(repeating: nil, count: count)
    generator = RandomGenerator(seed: options.seed &+ 1)
  }

  /// Queues a question.
  /// - Returns: nil if the question waits; else the result, and the continuation is not kept.
  mutating func enqueue(
    _ question: ServerPool.Waiting, _ continuation: CheckedContinuation<Placement, Never>
  ) -> Placement? {
    guard !isClosed else { return .cancelled }
    guard pool.enqueue(question) else {
      return .refused(.unavailable("\(ServerPool.maximumWaiting) questions wait already"))
    }
    continuations[question.id] = continuation
    return nil
  }

  /// Removes a waiting question.
  /// - Returns: its continuation; nil if it did not wait.
  mutating func withdraw(_ id: UInt64) -> CheckedContinuation<Placement, Never>? {
    _ = pool.withdraw(id)
    return continuations.removeValue(forKey: id)
  }

  /// Removes all waiting questions and probes, and refuses later ones.
  mutating func close() -> (continuations: [CheckedContinuation<Placement, Never>], probes: [Task<Void, Never>]) {
    isClosed = true
    defer { (continuations, probes) = ([:], [:]) }
    for id in continuations.keys { _ = pool.withdraw(id) }
    return (Array(continuations.values), Array(probes.values))
  }

  /// Notes that a server supports fewer fields than discovery found.
  /// - Parameters:
  ///   - wished: the fields of a question that the server refused.
  ///   - features: the fields that it accepted.
  /// - Returns: whether this was not known.
  mutating func reduce(
    _ wished: QuestionFeatures, to features: QuestionFeatures, _ server: Int, _ kind: QuestionKind
  ) -> Bool {
    guard let offered = capabilities[server]?.features[kind], offered.constraint == wished.constraint else {
      return false
    }
    capabilities[server]?.features[kind] = features
    return offered != features
  }

  /// Notes the result of a successful probe.
  mutating func store(_ found: ServerCapabilities, of probe: ServerPool.Probe) {
    failures[probe.server] = nil
    if probe.number == nil, var known = capabilities[probe.server], known.model == found.model {
      known.features.merge(found.features) { $1 }
      capabilities[probe.server] = known
    } else {
      capabilities[probe.server] = found
    }
  }

  /// Servers that were asked at the same time may have different models; the first answer counts.
  func agreed(
    _ result: Result<ServerCapabilities, AttemptFailure>
  ) -> Result<ServerCapabilities, AttemptFailure> {
    guard case .success(let found) = result, let model, found.model != model else { return result }
    return .failure(
      .status(404, "it has the model \(found.model), another server \(model): configure one", retryAfterSeconds: nil))
  }
}
