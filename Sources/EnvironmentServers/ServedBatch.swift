import Environments
import Runtime
import Trajectories
import Transport

/// K environments of a server, which steps them together. If the server fails, another one takes its place: the running
/// episodes are lost and end as truncated.
///
/// Used by one thread at a time.
final class ServedBatch: EnvironmentBatch {
  private let host: ServerHost
  private let number: UInt32
  private let count: Int
  private let name: String
  private let results: StepResults
  private let space: ActionSpace
  /// The server that has the batch; another number than the host's after a failure.
  private var generation = 0
  /// The request that is under way, and why there is none.
  private var pending: UInt32?
  private var sendProblem: ServerProblem?
  private var nextSeeds: [UInt64]
  /// [K, A] the latest actions as the server gets them: choices, or the bits of numbers within their ranges.
  private var actions: [Int32]
  /// Seed and steps of each environment's episode, for the log.
  private var seeds: [UInt64]
  private var steps: [Int]
  /// Whether each environment's step is lost together with its server, and the reason, which is told once.
  private var isLost = false
  private var reason: EnvironmentError?
  private var failures: [Int: String] = [:]
  private var episodeFacts: [Int: EpisodeFacts] = [:]

  init(host: ServerHost, number: UInt32, count: Int, name: String, specification: EnvironmentSpecification) {
    (self.host, self.number, self.count, self.name) = (host, number, count, name)
    results = StepResults(count: count, layout: specification.observation)
    space = specification.actions
    nextSeeds = Array(repeating: 0, count: count)
    actions = Array(repeating: 0, count: count * space.elementCount)
    seeds = nextSeeds
    steps = Array(repeating: 0, count: count)
  }

  /// Makes the environments.
  func open() throws {
    let server = try named { try host.server() }
    generation = host.generation
    _ = try named { try server.ask(.open, batch: number, count: count) }
  }

  func start(seeds: UnsafePointer<UInt64>) throws {
    for e in 0..<count { nextSeeds[e] = seeds[e] }
    do {
      if generation != host.generation { try open() }
      try begin()
    } catch let problem as ServerProblem {
      try recover(problem)
    }
  }

  /// Begins an episode in every environment, with its next seed.
  private func begin() throws {
    let indices = (0..<count).map { Int32(clamping: $0) }
    let server = try named { try host.server() }
    let answer = try named {
      try server.ask(.reset, batch: number, count: count, frame(indices))
    }
    try results.takeRows(answer.data)
    for e in 0..<count { (seeds[e], steps[e]) = (nextSeeds[e], 0) }
  }

  func reset(_ e: Int, seed: UInt64, into output: StepOutput) {
    results.copyRow(e, to: output.row)
    output.caption.clear()
    (seeds[e], steps[e]) = (seed, 0)
  }

  func send(_ actions: UnsafePointer<Int32>, nextSeeds: UnsafePointer<UInt64>) throws {
    for e in 0..<count { self.nextSeeds[e] = nextSeeds[e] }
    take(actions)
    (pending, sendProblem) = (nil, nil)
    // After a failure of the server, `receive` opens the batch again.
    guard generation == host.generation else { return }
    do {
      pending = try host.server().send(.step, batch: number, frame(self.actions))
    } catch let problem as ServerProblem {
      sendProblem = problem
    }
  }

  /// Keeps the actions as the server gets them.
  private func take(_ actions: UnsafePointer<Int32>) {
    guard space.isContinuous else {
      for i in self.actions.indices { self.actions[i] = actions[i] }
      return
    }
    let size = space.elementCount
    for i in self.actions.indices {
      let number = space.played(Float(bitPattern: UInt32(bitPattern: actions[i])), at: i % size)
      self.actions[i] = Int32(bitPattern: number.bitPattern)
    }
  }

  func receive() throws {
    isLost = false
    failures.removeAll(keepingCapacity: true)
    episodeFacts.removeAll(keepingCapacity: true)
    do {
      guard generation == host.generation, let pending else {
        throw sendProblem ?? ServerProblem("was replaced")
      }
      let answer = try host.server().receive(pending)
      if let text = answer.reply.error { throw EnvironmentError(text) }
      try results.take(answer.data, idlesAfterEnd: host.idlesAfterEnd)
      for (e, text) in answer.reply.failures { failures[e] = text }
      for (e, facts) in answer.reply.facts { episodeFacts[e] = facts }
      try results.check(place)
      host.succeeded()
    } catch let problem as ServerProblem {
      try recover(problem)
      isLost = true
    } catch let error as EnvironmentError {
      throw EnvironmentError("\(host.options.task), \(name): \(error)")
    }
    for e in 0..<count { steps[e] += 1 }
  }

  /// Opens the batch in another server, and begins other episodes.
  private func recover(_ problem: ServerProblem) throws {
    var problem = problem
    reason = nil
    if generation == host.generation, let server = try? host.server() {
      // Asked before the server ends, because it knows which environment it is stepping.
      problem = ServerProblem("\(problem)\(account(of: server.steppedEnvironment))")
      reason = EnvironmentError("\(server.name) \(problem); it is replaced, and the episodes of \(name) are lost")
    }
    while true {
      // Throws if servers fail again and again.
      try host.replaceServer(of: generation, because: problem)
      do {
        try open()
        return try begin()
      } catch let next as ServerProblem {
        problem = next
      }
    }
  }

  /// Where the server was, for the log; empty if it was in no environment.
  private func account(of culprit: Int?) -> String {
    guard let culprit, culprit < count else { return "" }
    let size = space.elementCount
    let elements = actions[culprit * size..<(culprit + 1) * size].map {
      space.isContinuous ? "\(Float(bitPattern: UInt32(bitPattern: $0)))" : "\($0)"
    }
    return " in \(place(culprit)), action \(elements.joined(separator: " "))"
  }

  private func place(_ e: Int) -> String {
    "environment \(e) of \(name) at step \(steps[e]) of the episode with seed \(seeds[e])"
  }

  func step(_ e: Int, action: ActionChoice, into output: StepOutput) throws -> Transition {
    if isLost {
      defer { reason = nil }
      if let reason { throw reason }
      throw LostEpisode()
    }
    if results.hasFailed(e) {
      throw EnvironmentError("\(place(e)): \(failures[e] ?? "an error without words")")
    }
    return results.write(e, into: output)
  }

  func facts(_ e: Int) -> EpisodeFacts { episodeFacts[e] ?? EpisodeFacts() }

  /// The server has replaced it already.
  func replace(_ e: Int) {}

  func rest() {}

  /// Adds the task's name to an error.
  private func named<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as EnvironmentError {
      throw EnvironmentError("\(host.options.task): \(error)")
    }
  }

  /// The data of a request: `numbers`, then the next seeds at the next multiple of 8 bytes.
  private func frame(_ numbers: [Int32]) -> Frame {
    let layout = PackedLayout([4 * numbers.count, 8 * count])
    return Frame(count: layout.byteCount) { memory in
      memory.initializeMemory(as: UInt8.self, repeating: 0)
      numbers.withUnsafeBytes { memory.copyMemory(from: $0) }
      nextSeeds.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: memory[layout.places[1].offset...]).copyMemory(from: $0)
      }
    }
  }
}
