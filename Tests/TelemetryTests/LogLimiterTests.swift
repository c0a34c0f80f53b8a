import Telemetry
import Testing

@Suite struct LogLimiterTests {
  @Test func admitsAFewAnIntervalAndCountsTheRest() {
    var limiter = LogLimiter(limit: 2, intervalSeconds: 10)
    let admitted = [0, 1, 2, 3, 9.9].map { limiter.admit(at: $0) }
    #expect(admitted.map(\.write) == [true, true, false, false, false])
    #expect(admitted.allSatisfy { $0.heldBack == 0 })
    let next = limiter.admit(at: 10)
    #expect(next.write)
    #expect(next.heldBack == 3)
    #expect(limiter.admit(at: 30).heldBack == 0)
  }
}
