import Runtime
import Testing

@testable import Captions

/// The parts of choosing: orders, heap, rate, templates.
struct AskingTests {
  @Test func weightsAreSharesAndNotNonsense() {
    #expect(AskingOrder() == nil && AskingOrder(newest: -1, frequent: 2) == nil)
    #expect(AskingOrder(newest: .nan) == nil && AskingOrder(uncertain: .infinity) == nil)
    #expect(AskingOrder(newest: 3) != nil && AskingOrder.newestFirst.choice(0.999) == .newest)
    let mixed = AskingOrder(newest: 1, frequent: 1, uncertain: 2)
    #expect(
      [0, 0.24, 0.26, 0.49, 0.51, 0.99].map { mixed?.choice($0) } == [
        .newest, .newest, .frequent, .frequent, .uncertain, .uncertain,
      ])
    let all = AskingOrder(newest: 1, frequent: 1, uncertain: 1, effect: 1)
    #expect([0.1, 0.3, 0.6, 0.9].map { all?.choice($0) } == [.newest, .frequent, .uncertain, .effect])
    #expect(all?.countsSightings == true && AskingOrder(newest: 1, uncertain: 1)?.countsSightings == false)
    // Rounding up to the sum must not choose an order without weight.
    #expect(AskingOrder(newest: 1)?.choice(1) == .newest && AskingOrder(newest: 1, frequent: 1)?.choice(1) == .frequent)
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func theHeapAgreesWithADictionary(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var heap = CaptionHeap()
    var model: [CaptionID: UInt32] = [:]
    for _ in 0..<3_000 {
      let id = CaptionID.random(in: 0..<200, using: &generator)
      if Int.random(in: 0..<3, using: &generator) > 0 {
        let key = UInt32.random(in: 0..<20, using: &generator)
        heap.set(id, key: key)
        model[id] = key
      } else {
        heap.remove(id)
        model[id] = nil
      }
      #expect(heap.count == model.count && heap.contains(id) == (model[id] != nil))
      #expect(heap.highest == model.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key)
    }
  }

  /// What is met often and what the model knows nothing of comes first; what it is sure of comes last, however frequent.
  @Test func theLargestEffectComesFirst() throws {
    var options = LedgerOptions()
    options.order = try #require(AskingOrder(effect: 1))
    var ledger = CaptionLedger(options)
    let seen: [(text: String, steps: UInt32, uncertainty: Float)] = [
      ("sure", 1_000, 0.001), ("unsure", 100, 0.3), ("rare", 2, .nan), ("unknown", 50, .nan), ("unseen", 0, 0.6),
    ]
    for caption in seen {
      let new = ledger.intern(Array(caption.text.utf8), sightings: 0)
      let id = try #require(new)
      ledger.setUncertainty(caption.uncertainty, of: id)
      ledger.countSightings(caption.steps, of: id)
    }
    let order = ledger.take(5, for: "a", task: 1, now: 0, deadlineSeconds: 1)
    #expect(
      order.map { String(decoding: ledger.bytes(of: $0) ?? [], as: UTF8.self) } == [
        "unknown", "unsure", "rare", "sure", "unseen",
      ])
    // A caption that came back counts what was seen meanwhile.
    for (id, steps) in zip(order, [1, 1, 1_000] as [UInt32]) { ledger.countSightings(steps, of: id) }
    ledger.expire(now: 2)
    #expect(ledger.take(1, for: "a", task: 2, now: 2, deadlineSeconds: 1) == [order[2]])
  }

  @Test func scoresKeepTheirOrderAsKeys() {
    let scores: [Float] = [-.infinity, -2, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 0.5, 1, .infinity, .nan]
    let keys = scores.map(AskingQueue.key)
    #expect(keys == keys.sorted() && Set(keys).count == keys.count)
    #expect(AskingQueue.key(-0.0) == AskingQueue.key(0))
  }

  @Test func aRateGivesItsAverageAndOneSecondAtOnce() {
    var bucket = TokenBucket(perSecond: 10)
    #expect(bucket.available(now: 0) == 10)
    bucket.take(10)
    #expect(bucket.available(now: 0) == 0 && bucket.available(now: 0.25) == 2)
    // A clock that steps back changes nothing; a long rest fills it once.
    #expect(bucket.available(now: -50) == 2 && bucket.available(now: 1e9) == 10)
    var slow = TokenBucket(perSecond: 0.5)
    #expect(slow.available(now: 0) == 1)
    slow.take(1)
    #expect(slow.available(now: 1.9) == 0 && slow.available(now: 2) == 1)
  }

  @Test func overALongTimeTheRateIsKept() {
    var options = LedgerOptions()
    options.budget = AskingBudget(labelsPerSecond: 2.5)
    var ledger = CaptionLedger(options)
    for number in 0..<2_000 { _ = ledger.intern(bytes("\(number)")) }
    for step in 0...4_000 {
      _ = ledger.take(50, for: "anna", task: UInt64(step), now: Double(step) / 10, deadlineSeconds: 1e9)
    }
    // 400 s, and what was there at the beginning.
    #expect((1_000...1_003).contains(ledger.statistics.asked))
  }

  /// 40 labels for a million steps are one for 25,000, whatever the time.
  @Test func questionsLastAsLongAsTheSteps() {
    var options = LedgerOptions()
    options.budget = AskingBudget(labelsPerMillionSteps: 40, labels: 5)
    var ledger = CaptionLedger(options)
    for number in 0..<20 { _ = ledger.intern(bytes("\(number)")) }
    func take(_ task: UInt64) -> Int { ledger.take(9, for: "anna", task: task, now: 1e6, deadlineSeconds: 1e9).count }
    #expect(take(1) == 0)
    ledger.setSteps(74_999)
    #expect(take(2) == 2 && take(3) == 0)
    ledger.setSteps(75_000)
    #expect(take(4) == 1 && take(5) == 0)
    // What earlier sessions have asked counts.
    ledger.charge(labels: 1, tokens: 0)
    ledger.setSteps(100_000)
    #expect(take(6) == 0)
    // The run's limit stays.
    ledger.setSteps(1_000_000_000)
    #expect(take(7) == 1 && take(8) == 0)
  }

  @Test func earlierSessionsCountForTheBudget() {
    var options = LedgerOptions()
    options.budget = AskingBudget(labels: 10, tokens: 1_000)
    var ledger = CaptionLedger(options)
    for number in 0..<20 { _ = ledger.intern(bytes("\(number)")) }
    ledger.charge(labels: 7, tokens: 10)
    // What is in flight may still come back, so nothing is spent yet, but no more than the rest is given out.
    #expect(ledger.take(9, for: "anna", task: 1, now: 0, deadlineSeconds: 1).count == 3)
    #expect(ledger.take(9, for: "bert", task: 2, now: 0, deadlineSeconds: 1).isEmpty && ledger.exhaustion == nil)
    ledger.release("anna")
    #expect(ledger.take(9, for: "bert", task: 3, now: 0, deadlineSeconds: 1).count == 3)
    ledger.charge(labels: 0, tokens: 990)
    #expect(ledger.exhaustion == .tokens)
  }

  @Test(arguments: [
    ("You kill the acid blob!", "You kill the {creature}!"),
    ("You see an acid blob here.", "You see a {creature} here."),
    ("The giant ant bites!", "The {creature} bites!"),
    ("$ - 17 gold pieces.", "$ - {number} gold pieces."),
    ("You are covered with dogma.", "You are covered with dogma."),
    ("The hill orc-like thing", "The hill orc-like thing"),
    ("newt", "{creature}"), ("an imp", "a {creature}"), ("", ""), ("3", "{number}"),
  ])
  func templates(caption: String, template: String) {
    #expect(String(decoding: CaptionTemplate.of(caption.utf8), as: UTF8.self) == template)
  }

  @Test func oneAnswerLabelsAllCaptionsOfATemplate() {
    var options = LedgerOptions()
    options.sharing = .templates
    var ledger = CaptionLedger(options)
    for text in ["You kill the newt!", "You kill the jackal!", "You hear a door open."] {
      _ = ledger.intern(bytes(text))
    }
    #expect(ledger.statistics.seen == 3 && ledger.statistics.questions == 2)
    #expect(ledger.take(9, for: "anna", task: 1, now: 0, deadlineSeconds: 1) == [3, 2])
    // The caption that was not asked cannot be answered, though its question is in flight.
    #expect(
      ledger.complete(1, by: "anna", answers: [CaptionAnswer(1, .label(0)), CaptionAnswer(2, .label(1))]).accepted == [
        CaptionAnswer(2, .label(1))
      ])
    #expect(ledger.captionsSharing(2) == [2, 1] && ledger.captionsSharing(9).isEmpty)
    #expect(ledger.label(of: 1) == 1 && ledger.label(of: 2) == 1)
    #expect(ledger.template(of: 1) == bytes("You kill the {creature}!"))
    // Also those that are met later.
    #expect(ledger.intern(bytes("You kill the lichen!")) == 4 && ledger.label(of: 4) == 1)
    var labels: [CaptionID] = []
    ledger.forEachLabel { id, _ in labels.append(id) }
    #expect(labels == [1, 2, 4])
  }

  @Test func captionsOfWhichAModelReadsTheSameAreAskedOnce() {
    var options = LedgerOptions()
    options.sharing = .shownTexts
    var ledger = CaptionLedger(options)
    for text in [
      "You read: \"a\".", "You read: \"b\".", "You swap places with Sirius.", "You swap places with Hachi.",
      "You kill the newt!", "You kill the jackal!", "\"\u{1}\"",
    ] { _ = ledger.intern(bytes(text)) }
    #expect(ledger.statistics.seen == 7 && ledger.statistics.questions == 5)
    #expect(ledger.take(9, for: "anna", task: 1, now: 0, deadlineSeconds: 1) == [7, 6, 5, 4, 2])
    _ = ledger.complete(1, by: "anna", answers: [CaptionAnswer(4, .label(0)), CaptionAnswer(2, .abstain)])
    #expect(ledger.label(of: 3) == 0 && ledger.state(of: 1) == .abstained && ledger.template(of: 1) == nil)
    options.sharing = [.shownTexts, .templates]
    ledger = CaptionLedger(options)
    for text in ["Fido bites the newt!", "Rex bites the jackal!"] { _ = ledger.intern(bytes(text)) }
    #expect(ledger.statistics.questions == 1)
  }

  @Test func withoutSharingThereIsNoTemplate() {
    var ledger = CaptionLedger()
    _ = ledger.intern(bytes("You kill the newt!"))
    #expect(ledger.template(of: 1) == nil && ledger.captionsSharing(1) == [1])
  }
}
