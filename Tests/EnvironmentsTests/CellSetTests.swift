import Runtime
import Tensor
import Testing

@testable import Environments

/// Sets of cells against plain arrays.
@Suite struct CellSetTests {
  @Test func membersComeAndGo() {
    var set = CellSet()
    for cell in [0, 63, 64, 80] {
      set.insert(cell)
      #expect(set.contains(cell))
    }
    #expect(set.count == 4)
    set.remove(64)
    #expect(!set.contains(64) && set.contains(63))
    #expect(set.union(CellSet(64)).count == 4)
    #expect(set.subtracting(CellSet(0, 1)) == CellSet(63, 80))
  }

  @Test func randomCellsAreMembersAndEachIsChosen() {
    let set = CellSet(3, 40, 64, 80)
    var generator = RandomGenerator(seed: 1)
    var seen: [Int: Int] = [:]
    for _ in 0..<4000 { seen[set.randomCell(using: &generator) ?? -1, default: 0] += 1 }
    #expect(Set(seen.keys) == [3, 40, 64, 80])
    #expect(seen.values.allSatisfy { $0 > 850 && $0 < 1150 })
    #expect(CellSet().randomCell(using: &generator) == nil)
  }

  @Test func takenCellsAreGone() {
    var set = CellSet(1, 2, 3)
    var generator = RandomGenerator(seed: 2)
    var taken = Set<Int>()
    while let cell = set.takeRandomCell(using: &generator) { taken.insert(cell) }
    #expect(taken == [1, 2, 3] && set.count == 0)
  }

  /// Random sets inside a border: flood and first step against a breadth-first search over arrays.
  @Test func floodsAndWaysAgreeWithASearch() {
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<200 {
      var open = CellSet()
      for cell in 0..<81 where (1...7).contains(cell / 9) && (1...7).contains(cell % 9) && generator.below(3) > 0 {
        open.insert(cell)
      }
      guard let goal = open.randomCell(using: &generator) else { continue }
      let distances = search(from: goal, in: open)
      let flooded = CellSet(goal).flooded(within: open)
      for cell in 0..<81 {
        #expect(flooded.contains(cell) == (distances[cell] != nil))
        guard open.contains(cell) else { continue }
        let step = open.firstStep(from: cell, to: goal)
        if let distance = distances[cell], distance > 0 {
          #expect([-9, -1, 1, 9].contains(step) && distances[cell + step] == distance - 1)
        } else {
          #expect(step == 0)
        }
      }
    }
  }

  private func search(from goal: Int, in open: CellSet) -> [Int: Int] {
    var distances = [goal: 0]
    var queue = [goal]
    var head = 0
    while head < queue.count {
      let cell = queue[head]
      head += 1
      for next in [cell - 9, cell - 1, cell + 1, cell + 9] where open.contains(next) && distances[next] == nil {
        distances[next] = (distances[cell] ?? 0) + 1
        queue.append(next)
      }
    }
    return distances
  }
}
