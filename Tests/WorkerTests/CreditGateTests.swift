import Foundation
import Synchronization
import Testing

@testable import Worker

extension CreditGate {
  /// Begins a session whose first policy has arrived, with all its credits.
  func begin(with credits: Int) {
    begin(limit: credits)
    grant(credits)
    admit()
  }
}

struct CreditGateTests {
  @Test func handsOutWhatItHas() {
    let gate = CreditGate()
    #expect(gate.takeIfAvailable(1) == nil)
    gate.begin(with: 3)
    #expect(gate.takeIfAvailable(4) == nil)
    #expect(gate.takeIfAvailable(2)?.session == 1)
    #expect(gate.takeIfAvailable(2) == nil)
    gate.grant(1)
    #expect(gate.takeIfAvailable(2)?.session == 1)
    #expect(gate.takeIfAvailable(1) == nil)
  }

  @Test func aLearnerCannotGrantMoreThanItsLimit() {
    let gate = CreditGate()
    gate.begin(with: 3)
    #expect(gate.takeIfAvailable(2)?.session == 1)
    gate.grant(Int(UInt32.max))
    #expect(gate.takeIfAvailable(4) == nil)
    #expect(gate.takeIfAvailable(3)?.session == 1)
  }

  @Test func creditsWaitForTheFirstPolicy() {
    let gate = CreditGate()
    gate.begin(limit: 3)
    gate.grant(2)
    #expect(gate.takeIfAvailable(1) == nil)
    gate.admit()
    #expect(gate.takeIfAvailable(3) == nil)
    #expect(gate.takeIfAvailable(2)?.session == 1)
  }

  @Test func aSessionsCreditsEndWithIt() {
    let gate = CreditGate()
    gate.begin(with: 5)
    #expect(gate.takeIfAvailable(1)?.session == 1)
    gate.suspend()
    #expect(gate.takeIfAvailable(1) == nil)
    // What was taken belongs to no later session, and to none while there is none.
    #expect(gate.currentSession != 1)
    gate.begin(with: 2)
    let second = gate.currentSession
    #expect(second != 1)
    #expect(gate.takeIfAvailable(3) == nil)
    #expect(gate.takeIfAvailable(2)?.session == second)
  }

  /// Units come with the credits that they were granted for, and end with their session.
  @Test func unitsComeInTheOrderInWhichTheyWereGranted() {
    let gate = CreditGate()
    gate.begin(limit: 4)
    gate.admit()
    gate.grant(2, units: [7, 9])
    gate.grant(1, units: [8])
    #expect(gate.takeIfAvailable(2) == Credit(session: 1, units: [7, 9]))
    // More units than credits, which no honest learner sends, are not kept.
    gate.grant(1, units: [10, 11, 12])
    #expect(gate.takeIfAvailable(2) == Credit(session: 1, units: [8, 10]))
    gate.grant(1)
    #expect(gate.takeIfAvailable(1) == Credit(session: 1))
    gate.grant(1, units: [13])
    gate.begin(with: 1)
    #expect(gate.takeIfAvailable(1) == Credit(session: 2))
  }

  @Test func closedItGivesNothingEverAgain() {
    let gate = CreditGate()
    gate.begin(with: 5)
    gate.close()
    #expect(gate.take(1) == nil)
    #expect(gate.takeIfAvailable(1) == nil)
    gate.begin(with: 5)
    #expect(gate.take(1) == nil)
  }

  /// Four threads take two credits at a time; what they get in all is what was given, and then they end.
  @Test func threadsShareExactlyWhatIsGiven() {
    let gate = CreditGate()
    let taken = Mutex<[Int]>([])
    let tookOne = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    for _ in 0..<4 {
      Thread.detachNewThread {
        while let credit = gate.take(2) {
          taken.withLock { $0.append(credit.session) }
          tookOne.signal()
        }
        ended.signal()
      }
    }
    gate.begin(with: 6)
    for _ in 0..<3 { tookOne.wait() }
    gate.grant(3)
    tookOne.wait()
    gate.grant(1)
    tookOne.wait()
    gate.begin(with: 4)
    for _ in 0..<2 { tookOne.wait() }
    gate.close()
    for _ in 0..<4 { ended.wait() }
    #expect(taken.withLock { $0 } == [1, 1, 1, 1, 1, 2, 2])
  }
}
