import Testing

@testable import Runtime

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 5], [0, 50e-6, 10])
  func everyMemberRunsOnceARound(count: Int, busySeconds: Double) throws {
    let threads = try ThreadTeam(count: count, name: "test", busySeconds: busySeconds)
    let runs = UnsafeMutablePointer<Int>.allocate(capacity: count)
    defer { runs.deallocate() }
    runs.update(repeating: 0, count: count)
    for round in 1...200 {
      threads.run { member in runs[member] += 1 }
      #expect((0..<count).allSatisfy { runs[$0] == round })
    }
  }

  @Test func writesAreVisibleFromRoundToRound() throws {
    let threads = try ThreadTeam(count: 3, name: "test")
    let memory = UnsafeMutablePointer<Int>.allocate(capacity: 3)
    defer { memory.deallocate() }
    memory.update(repeating: 1, count: 3)
    for _ in 0..<50 {
      let sum = memory[0] + memory[1] + memory[2]
      threads.run { member in memory[member] = sum % 1_000_003 + member }
    }
    var expected = [1, 1, 1]
    for _ in 0..<50 {
      let sum = expected.reduce(0, +)
      expected = (0..<3).map { sum % 1_000_003 + $0 }
    }
    #expect([memory[0], memory[1], memory[2]] == expected)
  }

  @Test func threadsEndWithTheirOwner() throws {
    weak var handover: ThreadTeam.Handover?
    do {
      let threads = try ThreadTeam(count: 4, name: "test")
      threads.run { _ in }
      handover = threads.handover
      #expect(handover != nil)
    }
    #expect(handover == nil)  // a thread that still lived would hold it
  }

  @Test func noThreadKeepsTheBody() throws {
    final class Token: Sendable {}
    let threads = try ThreadTeam(count: 4, name: "test")
    for _ in 0..<200 {
      weak var kept: Token?
      do {
        let token = Token()
        kept = token
        threads.run { _ in withExtendedLifetime(token) {} }
      }
      #expect(kept == nil)
    }
  }
}
