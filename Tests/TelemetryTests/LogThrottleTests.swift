import Testing

@testable import Telemetry

@Suite struct LogThrottleTests {
  private enum Kind: Sendable { case joined, refused }

  @Test func onePeerHidesNeitherAnotherNorAnotherKind() {
    var throttle = LogThrottle<Kind>(perSubject: 2, perKind: 3, intervalSeconds: 10)
    func admitted(_ kind: Kind, _ subject: String, _ times: Int) -> Int {
      (0..<times).count { _ in throttle.admits(kind, subject, now: 5) }
    }
    #expect(admitted(.refused, "a", 10) == 2)
    #expect(admitted(.refused, "b", 10) == 1)
    #expect(admitted(.joined, "a", 1) == 1)
    let (early, due, late) = (
      throttle.takeHeldBack(now: 14.9), throttle.takeHeldBack(now: 15), throttle.takeHeldBack(now: 30)
    )
    #expect(early.isEmpty && late.isEmpty)
    #expect(
      due == [
        LogThrottle<Kind>.HeldBack(kind: .refused, subject: "b", count: 9),
        LogThrottle<Kind>.HeldBack(kind: .refused, subject: "a", count: 8),
      ])
    let again = throttle.admits(.refused, "a", now: 31)
    #expect(again)
  }

  @Test func manySubjectsTakeLittleMemory() {
    var throttle = LogThrottle<Kind>(perSubject: 1, perKind: 1, intervalSeconds: 10)
    for number in 0..<10_000 { _ = throttle.admits(.joined, "\(number)", now: 0) }
    let held = throttle.takeHeldBack(now: 10)
    #expect(held.count <= 4 && held.reduce(0) { $0 + $1.count } == 9_999)
    #expect(held[0].subject == nil)
  }
}
