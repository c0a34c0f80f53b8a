import Testing

@testable import Trajectories

@Suite struct FactSumsTests {
  @Test func factsOfEpisodesAreSummedByName() {
    var sums = FactSums()
    sums.add("deepest level", 2)
    sums.add("gold", 10)
    sums.add("deepest level", 5)
    var others = FactSums()
    others.add("gold", -1)
    others.add("kills", 3)
    sums.add(others)
    #expect(
      sums.entries == [
        .init(name: "deepest level", sum: 7, count: 2), .init(name: "gold", sum: 9, count: 2),
        .init(name: "kills", sum: 3, count: 1),
      ])
    sums.removeAll()
    #expect(sums.isEmpty)
  }

  @Test func whatReportsCannotShowIsLeftOut() {
    var sums = FactSums()
    for value in [Double.nan, .infinity, -.infinity, 1e16] { sums.add("score", value) }
    for name in ["", "a\"b", "a\nb", "naïve", String(repeating: "x", count: 65)] { sums.add(name, 1) }
    #expect(sums.isEmpty)
    for index in 0..<100 { sums.add("fact \(index)", 1) }
    #expect(sums.entries.count == FactSums.maximumNames)
    sums.add("fact 0", 1)
    #expect(sums.entries[0].count == 2)
  }

  @Test func aNameComesOnce() {
    let entry = FactSums.Entry(name: "score", sum: 1, count: 1)
    #expect(FactSums([entry, entry]) == nil)
    #expect(FactSums([entry])?.entries == [entry])
  }
}
