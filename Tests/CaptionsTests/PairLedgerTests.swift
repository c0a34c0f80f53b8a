import Runtime
import Testing

@testable import Captions

struct PairLedgerTests {
  /// Each of 40 ids is kept with a chance of 1/4; 4,000 samples are within five standard deviations of that.
  @Test func theSampleIsUniform() {
    var generator = SplitMix64(seed: 3)
    var kept = [Int](repeating: 0, count: 41)
    let samples = 4_000
    for _ in 0..<samples {
      var reservoir = CaptionReservoir(capacity: 10)
      for id in CaptionID(1)...40 { reservoir.offer(id, &generator) }
      #expect(reservoir.ids.count == 10)
      for id in Set(reservoir.ids) { kept[Int(id)] += 1 }
    }
    let mean = Double(samples) / 4
    let deviation = (mean * 0.75).squareRoot()
    #expect(kept[1...].allSatisfy { abs(Double($0) - mean) < 5 * deviation })
    #expect(kept.reduce(0, +) == samples * 10, "no id is kept twice")
  }

  @Test func everyPairIsAskedOnceAndNoCaptionWithItself() {
    var ledger = PairLedger(capacity: 8, seed: 1)
    for id in CaptionID(0)...8 { ledger.offer(id) }
    var seen: Set<UInt64> = []
    for task in UInt64(1)...200 {
      let pairs = ledger.take(3, for: "anna", task: task, now: 0, deadlineSeconds: 1)
      for pair in pairs {
        #expect(pair.first != pair.second && pair.first > 0 && pair.second > 0)
        #expect(seen.insert(pair.key).inserted)
      }
      #expect(ledger.complete(task, by: "anna", answers: pairs.map { PairAnswer($0, .tie) }).count == pairs.count)
    }
    #expect(seen.count == 28 && ledger.statistics.answered == 28)
    #expect(ledger.take(9, for: "anna", task: 999, now: 0, deadlineSeconds: 1).isEmpty && ledger.nextDeadline == nil)
  }

  @Test func thereIsNoPairOfOneCaption() {
    var ledger = PairLedger(capacity: 8, seed: 1)
    ledger.offer(5)
    #expect(ledger.take(3, for: "anna", task: 1, now: 0, deadlineSeconds: 1).isEmpty)
  }

  @Test func pairsOfEarlierSessionsAreNotAskedAgain() {
    var ledger = PairLedger(capacity: 3, seed: 1)
    for id in CaptionID(1)...3 { ledger.offer(id) }
    ledger.restore(CaptionPair(2, 1))
    ledger.restore(CaptionPair(1, 3))
    #expect(ledger.take(9, for: "anna", task: 1, now: 0, deadlineSeconds: 1).map(\.key) == [CaptionPair(2, 3).key])
  }

  /// A random walk in step with sets of pairs.
  @Test(arguments: 0..<6 as Range<UInt64>)
  func agreesWithSets(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var ledger = PairLedger(capacity: 12, seed: seed)
    var open: [UInt64: (annotator: String, deadline: Double, pairs: [CaptionPair])] = [:]
    var settled: Set<UInt64> = []
    var returned = 0
    for step in UInt64(1)...600 {
      let now = Double(step)
      if step < 100 { ledger.offer(CaptionID(step)) }
      let annotator = ["anna", "bert"].randomElement(using: &generator) ?? "anna"
      switch Int.random(in: 0..<8, using: &generator) {
      case 0..<3:
        let pairs = ledger.take(4, for: annotator, task: step, now: now, deadlineSeconds: 20)
        let busy = settled.union(open.values.flatMap { $0.pairs.map(\.key) })
        #expect(busy.isDisjoint(with: pairs.map(\.key)) && Set(pairs.map(\.key)).count == pairs.count)
        if !pairs.isEmpty { open[step] = (annotator, now + 20, pairs) }
      case 3..<6:
        guard let number = open.keys.sorted().randomElement(using: &generator), let task = open[number] else {
          continue
        }
        let given = task.pairs.dropLast(Int.random(in: 0..<2, using: &generator))
        let turned = CaptionPair(given.first?.second ?? 901, given.first?.first ?? 902)
        let answers = [PairAnswer(turned, .first)] + given.map { PairAnswer($0, .second) }
        #expect(ledger.complete(number, by: "mallory", answers: answers).isEmpty)
        #expect(ledger.complete(number, by: task.annotator, answers: answers).map(\.pair) == Array(given))
        settled.formUnion(given.map(\.key))
        returned += task.pairs.count - given.count
        open[number] = nil
      case 6:
        let due = open.filter { $0.value.deadline <= now }
        #expect(ledger.expire(now: now) == due.values.reduce(0) { $0 + $1.pairs.count })
        returned += due.values.reduce(0) { $0 + $1.pairs.count }
        for number in due.keys { open[number] = nil }
      default:
        let gone = open.filter { $0.value.annotator == annotator }
        #expect(ledger.release(annotator) == gone.values.reduce(0) { $0 + $1.pairs.count })
        returned += gone.values.reduce(0) { $0 + $1.pairs.count }
        for number in gone.keys { open[number] = nil }
      }
      let statistics = ledger.statistics
      #expect(statistics.inFlight == open.values.reduce(0) { $0 + $1.pairs.count })
      #expect(statistics.returned == returned && statistics.answered == settled.count && statistics.abstained == 0)
      #expect(
        statistics.asked == statistics.answered + statistics.abstained + statistics.returned + statistics.inFlight)
    }
    #expect(!settled.isEmpty && returned > 0 && ledger.statistics.refused > 0)
  }
}
