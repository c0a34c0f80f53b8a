import Judging
import Runtime
import Tensor
import Testing

@testable import LanguageModelClient

@Suite struct ServerPoolTests {
  private let kind = QuestionKind(.yesOrNo)

  private func question(_ id: UInt64, excluded: Set<Int> = [], avoided: Set<Int> = []) -> ServerPool.Waiting {
    ServerPool.Waiting(id: id, kind: kind, deadline: 100, excluded: excluded, avoided: avoided)
  }

  /// A pool whose servers are all discovered.
  private func pool(servers: Int, requests: Int) -> ServerPool {
    var pool = ServerPool(servers: servers, requestsPerServer: requests, breaker: CircuitBreakerOptions(), seed: 1)
    _ = pool.enqueue(question(1000))
    for case .probe(let probe) in pool.advance(now: 0) {
      _ = pool.endProbe(probe, .succeeded, isRefusal: false, now: 0)
    }
    _ = pool.withdraw(1000)
    return pool
  }

  private func grants(_ events: [ServerPool.Event]) -> [UInt64: Int] {
    var result: [UInt64: Int] = [:]
    for case .granted(let id, let server) in events { result[id] = server }
    return result
  }

  @Test func nothingIsAskedBeforeAServerIsKnown() {
    var pool = ServerPool(servers: 2, requestsPerServer: 4, breaker: CircuitBreakerOptions(), seed: 1)
    #expect(pool.advance(now: 0).isEmpty, "no server is probed while no question waits")
    #expect(pool.enqueue(question(1)) == true)
    let probes = [0, 1].map { ServerPool.Probe(server: $0, kind: kind, number: 1) }
    #expect(pool.advance(now: 0) == probes.map { .probe($0) })
    #expect(pool.advance(now: 1).isEmpty)
    #expect(pool.endProbe(probes[1], .succeeded, isRefusal: false, now: 1).isEmpty)
    #expect(pool.advance(now: 1) == [.granted(id: 1, server: 1)])
  }

  @Test func theServerWithTheMostRoomIsNextAndAFullOneNever() {
    var pool = pool(servers: 3, requests: 2)
    for id in UInt64(0)..<8 { _ = pool.enqueue(question(id)) }
    #expect(grants(pool.advance(now: 1)) == [0: 0, 1: 1, 2: 2, 3: 0, 4: 1, 5: 2])
    #expect(pool.waiting.map(\.id) == [6, 7])
    _ = pool.finish(1, .succeeded, now: 2)
    #expect(grants(pool.advance(now: 2)) == [6: 1])
  }

  @Test func theExcludedAreNeverAndTheAvoidedLastChosen() {
    var pool = pool(servers: 2, requests: 2)
    _ = pool.enqueue(question(1, excluded: [0]))
    _ = pool.enqueue(question(2, excluded: [0]))
    _ = pool.enqueue(question(3, excluded: [0]))
    _ = pool.enqueue(question(4, avoided: [1]))
    _ = pool.enqueue(question(5, avoided: [0]))
    // The third question does not delay those behind it.
    #expect(grants(pool.advance(now: 1)) == [1: 1, 2: 1, 4: 0, 5: 0])
  }

  @Test func aRefusingServerIsLeftByThoseWhoWaitForIt() {
    var pool = ServerPool(servers: 1, requestsPerServer: 4, breaker: CircuitBreakerOptions(), seed: 1)
    _ = pool.enqueue(question(1))
    guard case .probe(let probe)? = pool.advance(now: 0).first else {
      Issue.record("no probe")
      return
    }
    let events = pool.endProbe(probe, .failed(pauseSeconds: nil), isRefusal: true, now: 0)
    #expect(events == [.refused(id: 1, server: 0)] && pool.waiting.isEmpty)
    #expect(!pool.servers[0].breaker.isClosed)
  }

  @Test func aServersWishToBeLeftAloneIsKept() {
    var pool = pool(servers: 1, requests: 4)
    _ = pool.enqueue(question(1))
    _ = pool.advance(now: 0)
    #expect(pool.finish(0, .overloaded(pauseSeconds: 3), now: 10) == false)
    #expect(pool.servers[0].breaker.isClosed)
    _ = pool.enqueue(question(2))
    #expect(pool.advance(now: 12.9).isEmpty && pool.nextTime(now: 12.9) == 13)
    #expect(grants(pool.advance(now: 13)) == [2: 0])
    _ = pool.finish(0, .overloaded(pauseSeconds: 1e9), now: 20)
    _ = pool.enqueue(question(3))
    #expect(grants(pool.advance(now: 20 + ServerPool.maximumPauseSeconds)) == [3: 0])
  }

  @Test func anotherKindOfQuestionIsFoundOutAboutOnce() {
    var pool = pool(servers: 1, requests: 4)
    var constrained = ModelQuestion.yesOrNo
    constrained.choices = ["a"]
    let other = QuestionKind(constrained)
    for id in UInt64(1)...2 { _ = pool.enqueue(ServerPool.Waiting(id: id, kind: other, deadline: 9)) }
    let probe = ServerPool.Probe(server: 0, kind: other, number: nil)
    #expect(pool.advance(now: 0) == [.probe(probe)])
    #expect(pool.endProbe(probe, .succeeded, isRefusal: false, now: 0).isEmpty)
    #expect(grants(pool.advance(now: 0)) == [1: 0, 2: 0])
  }

  @Test func noMoreWaitThanMay() {
    var pool = ServerPool(servers: 1, requestsPerServer: 1, breaker: CircuitBreakerOptions(), seed: 1)
    for id in 0..<ServerPool.maximumWaiting { #expect(pool.enqueue(question(UInt64(id))) == true) }
    #expect(pool.enqueue(question(1 << 40)) == false)
    #expect(pool.withdraw(5) == true)
    #expect(pool.withdraw(5) == false)
    #expect(pool.enqueue(question(1 << 40)) == true)
  }

  /// Random questions, results and times: limits hold, every question ends once and in order, no server idles while
  /// a question could use it, and the passage of time always leads to the next step.
  @Test(arguments: 0..<40) func invariantsHoldWhateverHappens(seed: UInt64) {
    var world = PoolWorld(seed: seed)
    for _ in 0..<600 { world.step() }
    world.settle()
    #expect(world.ended.count == Int(world.nextID), "every question ended")
  }
}

/// Plays a pool's surroundings and checks it after each step.
private struct PoolWorld {
  private var random: RandomGenerator
  private var pool: ServerPool
  private var now = 0.0
  private(set) var nextID: UInt64 = 0
  private(set) var ended: Set<UInt64> = []
  private var granted: [(id: UInt64, server: Int)] = []
  private var probes: [ServerPool.Probe] = []
  private var excluded: [UInt64: Set<Int>] = [:]
  private static let kinds = [false, true].map { isConstrained in
    var question = ModelQuestion.yesOrNo
    if isConstrained { question.choices = ["a"] }
    return QuestionKind(question)
  }

  init(seed: UInt64) {
    random = RandomGenerator(seed: seed)
    pool = ServerPool(servers: 3, requestsPerServer: 2, breaker: CircuitBreakerOptions(), seed: seed)
  }

  mutating func step() {
    switch random.below(6) {
    case 0, 1: ask()
    case 2: finish()
    case 3: endProbe()
    case 4: now += Double(random.uniform()) * 3
    default: if let id = pool.waiting.randomElement(using: &random)?.id { end(id, pool.withdraw(id)) }
    }
    take(pool.advance(now: now))
    check()
  }

  /// All servers recover and everything is answered, by nothing but the times the pool asks for.
  mutating func settle() {
    for _ in 0..<10_000 where !(granted.isEmpty && pool.waiting.isEmpty && probes.isEmpty) {
      while let probe = probes.popLast() { take(pool.endProbe(probe, .succeeded, isRefusal: false, now: now)) }
      while let question = granted.popLast() { _ = pool.finish(question.server, .succeeded, now: now) }
      take(pool.advance(now: now))
      check()
      if granted.isEmpty, probes.isEmpty, let next = pool.nextTime(now: now) { now = max(now, next) }
    }
  }

  private mutating func ask() {
    let shunned = Set((0..<3).filter { _ in random.below(5) == 0 })
    guard shunned.count < 3 else { return }
    excluded[nextID] = shunned
    let deadline = now + Double(random.uniform()) * 30
    let kind = Self.kinds[random.below(2)]
    _ = pool.enqueue(ServerPool.Waiting(id: nextID, kind: kind, deadline: deadline, excluded: shunned))
    nextID += 1
  }

  private mutating func finish() {
    guard !granted.isEmpty else { return }
    let question = granted.remove(at: random.below(granted.count))
    _ = pool.finish(question.server, outcome(), now: now)
  }

  private mutating func endProbe() {
    guard !probes.isEmpty else { return }
    let probe = probes.remove(at: random.below(probes.count))
    let outcome = outcome()
    take(
      pool.endProbe(probe, outcome, isRefusal: outcome == .failed(pauseSeconds: nil) && random.below(4) == 0, now: now))
  }

  private mutating func outcome() -> ServerOutcome {
    [
      .succeeded, .succeeded, .failed(pauseSeconds: nil), .failed(pauseSeconds: 2), .overloaded(pauseSeconds: 1),
      .unknown,
    ][
      random.below(6)]
  }

  private mutating func take(_ events: [ServerPool.Event]) {
    var last: [Set<Int>: UInt64] = [:]
    for event in events {
      switch event {
      case .granted(let id, let server):
        let shunned = excluded[id] ?? []
        #expect(!shunned.contains(server) && pool.servers[server].breaker.isClosed)
        #expect(last[shunned] ?? 0 <= id, "first come, first served")
        last[shunned] = id
        granted.append((id, server))
        end(id, true)
      case .lapsed(let id), .refused(let id, _): end(id, true)
      case .probe(let probe): probes.append(probe)
      }
    }
  }

  private mutating func end(_ id: UInt64, _ isEnd: Bool) {
    #expect(isEnd && ended.insert(id).inserted, "each ends once")
  }

  private func check() {
    for (index, server) in pool.servers.enumerated() {
      #expect(server.inFlight == granted.count { $0.server == index } && server.inFlight <= 2)
      if case .halfOpen = server.breaker.state { #expect(probes.contains { $0.server == index }) }
    }
    for question in pool.waiting {
      #expect(question.deadline > now)
      for (index, server) in pool.servers.enumerated() where !question.excluded.contains(index) {
        let isFree = server.breaker.isClosed && server.inFlight < 2 && server.pausedUntil <= now
        #expect(!(isFree && server.known.contains(question.kind)), "a server idles")
        #expect(!isFree || server.probing.contains(question.kind))
      }
    }
    #expect(pool.waiting.isEmpty || (pool.nextTime(now: now) ?? -1) > now)
  }
}
