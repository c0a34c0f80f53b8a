import Testing

@testable import Transport

@Suite struct PeerLivenessTests {
  @Test func aPeerIsGoneAfterExactlyTheToleratedNumberOfHeartbeats() {
    var peer = PeerLiveness(interval: 2, tolerance: 3, now: 100)
    #expect(peer.missed(now: 101.9) == 0)
    #expect(peer.missed(now: 102) == 1)
    #expect(!peer.isGone(now: 105.9))
    #expect(peer.isGone(now: 106))
    peer.heard(now: 105)
    #expect(!peer.isGone(now: 110.9))
    #expect(peer.isGone(now: 111))
    peer.heard(now: 90)
    #expect(peer.lastHeard == 105, "an older time does not make a peer older")
  }

  @Test func heartbeatsKeepTheirRhythmAndDoNotBurstAfterAPause() {
    var peer = PeerLiveness(interval: 1, tolerance: 3, now: 0)
    #expect(peer.isDue(now: 0))
    peer.beat(now: 0.3)
    #expect(peer.nextBeat == 1)
    peer.beat(now: 50)
    #expect(peer.nextBeat == 51)
    #expect(!peer.isDue(now: 50.9))
  }

  @Test func waitingEndsWhenSomethingCanChange() {
    var peer = PeerLiveness(interval: 1, tolerance: 3, now: 0)
    #expect(peer.secondsToWait(now: 0) == 0)
    peer.beat(now: 0)
    #expect(peer.secondsToWait(now: 0.25) == 0.75)
    for second in 1...10 { peer.beat(now: Double(second)) }
    #expect(peer.secondsToWait(now: 2.5) == 0.5, "the peer is gone at 3, before the next heartbeat at 11")
    #expect(peer.secondsToWait(now: 4) == 0)
  }

  /// Against a slow count of the heartbeats that should have come.
  @Test(arguments: 0..<50) func missedAgreesWithCounting(seed: Int) {
    var generator = Counter(value: UInt64(seed), step: 1_442_695_040_888_963_407)
    let interval = Double.random(in: 0.1...5, using: &generator)
    let peer = PeerLiveness(interval: interval, tolerance: 3, now: 10)
    let now = 10 + Double.random(in: 0...30, using: &generator)
    var expected = 0
    while 10 + Double(expected + 1) * interval <= now { expected += 1 }
    #expect(peer.missed(now: now) == expected)
    #expect(peer.isGone(now: now) == (expected >= 3))
  }
}

@Suite struct BackoffTests {
  @Test func ceilingsDoubleToTheMaximumAndResetReturnsToTheFirst() {
    var backoff = Backoff()
    var generator = Counter(value: 1, step: 3)
    var ceilings: [Double] = []
    for _ in 0..<10 {
      ceilings.append(backoff.ceilingSeconds)
      _ = backoff.next(using: &generator)
    }
    #expect(ceilings == [0.25, 0.5, 1, 2, 4, 8, 16, 32, 32, 32])
    backoff.reset()
    #expect(backoff.ceilingSeconds == 0.25)
    for _ in 0..<9 { _ = backoff.next(using: &generator) }
    #expect(backoff.next(using: &generator, atMost: 4) <= 4)
  }

  @Test(arguments: 0..<20) func pausesStayWithinTheirJitterAndRepeatForASeed(seed: Int) {
    var first = Backoff()
    var second = Backoff()
    var generator = Counter(value: UInt64(seed), step: 1_442_695_040_888_963_407)
    var sameSeed = generator
    for _ in 0..<200 {
      let ceiling = first.ceilingSeconds
      let pause = first.next(using: &generator)
      #expect(pause <= ceiling && pause >= ceiling * 0.75)
      #expect(pause == second.next(using: &sameSeed))
    }
  }

  @Test func pausesOfTwoSeedsDiffer() {
    var first = Backoff()
    var second = Backoff()
    var a = Counter(value: 1, step: 1_442_695_040_888_963_407)
    var b = Counter(value: 2, step: 1_442_695_040_888_963_407)
    _ = (a.next(), b.next())
    #expect(first.next(using: &a) != second.next(using: &b))
  }
}

@Suite struct CreditAccountTests {
  @Test func spendingBeyondTheLimitIsAViolationThatChangesNothing() throws {
    var account = CreditAccount(limit: 2)
    try account.spend()
    try account.spend()
    #expect(throws: CreditAccount.Violation.overspent(limit: 2)) { try account.spend() }
    #expect(account.outstanding == 2 && account.spent == 2)
    try account.grant(1)
    try account.spend()
    #expect(account.available == 0 && account.spent == 3)
  }

  @Test func grantingMoreThanIsOutstandingIsAViolationThatChangesNothing() throws {
    var account = CreditAccount(limit: 4)
    try account.spend()
    #expect(throws: CreditAccount.Violation.overgranted(granted: 2, outstanding: 1)) { try account.grant(2) }
    #expect(throws: CreditAccount.Violation.overgranted(granted: -1, outstanding: 1)) { try account.grant(-1) }
    #expect(account.outstanding == 1)
  }

  /// Only credits that nobody holds can be cut.
  @Test func aLimitFollowsWhatIsWanted() throws {
    var account = CreditAccount.empty(limit: 2)
    try account.grant(2)
    #expect(account.resize(to: 5, cuttingAtMost: 0) == 3)
    #expect(account.limit == 5 && account.available == 2 && account.outstanding == 3)
    try account.spend()
    // One credit is on its way back; three are idle.
    #expect(account.resize(to: 1, cuttingAtMost: 3) == -3)
    #expect(account.limit == 2 && account.available == 1 && account.outstanding == 1)
    #expect(account.resize(to: -4, cuttingAtMost: 9) == -1 && account.limit == 1)
    #expect(account.resize(to: .max, cuttingAtMost: 0) == CreditAccount.maximumCredits - 1)
  }

  @Test func limitsAreBounded() {
    #expect(CreditAccount(limit: -3).available == 0)
    #expect(CreditAccount(limit: .max).limit == CreditAccount.maximumCredits)
  }

  /// A sender and a receiver with a queue in each direction: neither ever sees a violation, and nothing is lost.
  @Test(arguments: 0..<30) func twoHonestSidesNeverViolate(seed: Int) throws {
    var generator = Counter(value: UInt64(seed), step: 1_442_695_040_888_963_407)
    let limit = Int.random(in: 1...5, using: &generator)
    var sender = CreditAccount(limit: limit)
    var receiver = CreditAccount(limit: limit)
    var travelling = 0
    var granted = 0
    var received: UInt64 = 0
    for _ in 0..<2_000 {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0 where sender.available > 0:
        try sender.spend()
        travelling += 1
      case 1 where travelling > 0:
        travelling -= 1
        try receiver.spend()
        received += 1
      case 2 where receiver.outstanding > 0:
        try receiver.grant(1)
        granted += 1
      case 3 where granted > 0:
        granted -= 1
        try sender.grant(1)
      default: break
      }
      #expect(sender.outstanding == travelling + receiver.outstanding + granted)
      #expect(sender.spent == received + UInt64(travelling))
    }
    #expect(received > 0)
  }
}
