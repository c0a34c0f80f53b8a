import Runtime
import Testing

@testable import Captions

/// Random walks through every operation, in step with the naive model.
struct CaptionLedgerModelTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func agreesWithTheNaiveModel(seed: UInt64) {
    var walk = LedgerWalk(seed: seed, Self.options[Int(seed % 4)])
    for _ in 0..<1_500 {
      walk.step()
      walk.compare()
    }
    // The walk is worth nothing if it does not reach the rare branches.
    let reached = walk.ledger.statistics
    #expect(reached.late > 0 && reached.unanswered > 0 && reached.returned > 0)
    #expect(reached.expired > 0 && reached.released > 0)
    #expect(reached.overflowed > 0)
    #expect(walk.reasons == Set(RefusalReason.allCases))
  }

  @Test(arguments: AskingBudget.Exhaustion.allCases)
  func agreesWithTheNaiveModelUntilTheBudgetIsSpent(budget: AskingBudget.Exhaustion) {
    var options = LedgerOptions()
    options.budget = budget == .labels ? AskingBudget(labels: 40) : AskingBudget(tokens: 300)
    var walk = LedgerWalk(seed: 7, options)
    for _ in 0..<600 {
      walk.step()
      walk.compare()
    }
    #expect(walk.ledger.exhaustion == budget)
    #expect(walk.ledger.exhaustionNotice() == budget && walk.ledger.exhaustionNotice() == nil)
    #expect(walk.ledger.take(9, for: "anna", task: .max, now: walk.now, deadlineSeconds: 1).isEmpty)
  }

  /// Newest first; orders mixed; captions that share questions; a rate with the uncertain first; the largest effect first,
  /// alone and mixed.
  private static let options: [LedgerOptions] = {
    var options = [LedgerOptions](repeating: LedgerOptions(), count: 6)
    options[1].order = AskingOrder(newest: 1, frequent: 2, uncertain: 1.5) ?? .newestFirst
    options[1].seed = 5
    options[2].order = AskingOrder(frequent: 1) ?? .newestFirst
    options[2].sharing = [.templates, .shownTexts]
    options[3].order = AskingOrder(uncertain: 1) ?? .newestFirst
    options[3].budget = AskingBudget(labelsPerSecond: 3)
    options[4].order = AskingOrder(effect: 1) ?? .newestFirst
    options[5].order = AskingOrder(newest: 1, uncertain: 1, effect: 2) ?? .newestFirst
    options[5].sharing = .templates
    return options
  }()

  @Test func restoreRebuildsEveryVerdict() {
    var walk = LedgerWalk(seed: 99)
    for _ in 0..<1_000 { walk.step() }
    // Without shared questions a question is its caption.
    let settled = walk.model.states.compactMap { id, state -> (caption: [UInt8], verdict: Verdict)? in
      let verdict: Verdict
      switch state {
      case .labelled(let value): verdict = .label(value)
      case .abstained: verdict = .abstain
      default: return nil
      }
      return (walk.model.captions[Int(id) - 1], verdict)
    }
    var resumed = CaptionLedger(capacity: LedgerWalk.capacity)
    for record in settled { #expect(resumed.restore(record.caption, record.verdict) != nil) }
    #expect(!settled.isEmpty && resumed.statistics.seen == settled.count)
    for record in settled {
      let before = walk.ledger.find(record.caption).flatMap { walk.ledger.state(of: $0) }
      let after = resumed.find(record.caption).flatMap { resumed.state(of: $0) }
      #expect(before == after)
    }
    #expect(resumed.take(1_000, for: "anna", task: 1, now: 0, deadlineSeconds: 1).isEmpty)
  }
}

/// One random walk.
struct LedgerWalk {
  static let capacity = 70
  private static let annotators = ["anna", "bert", "cleo"]

  var generator: SplitMix64
  var ledger: CaptionLedger
  var model: NaiveLedger
  var now = 0.0
  var nextTask: UInt64 = 1
  var reasons: Set<RefusalReason> = []

  init(seed: UInt64, _ options: LedgerOptions = LedgerOptions()) {
    generator = SplitMix64(seed: seed)
    var options = options
    options.capacity = Self.capacity
    ledger = CaptionLedger(options)
    model = NaiveLedger(options)
  }

  mutating func step() {
    now += Double.random(in: 0..<1, using: &generator)
    let annotator = Self.annotators.randomElement(using: &generator) ?? "anna"
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<35:
      let caption = randomCaption()
      let count = UInt32.random(in: 0..<3, using: &generator)
      #expect(ledger.intern(caption, sightings: count) == model.intern(caption, sightings: count))
    case 35..<58: take(annotator)
    case 58..<84: complete(annotator)
    case 84..<87:
      let released = ledger.release(annotator).reduce(0) { $0 + $1.captions }
      let expected = model.lapse { $0.annotator == annotator }
      model.counters.released += expected
      #expect(released == expected)
    case 87..<94:
      let time = now
      let isDue = ledger.nextDeadline.map { $0 <= time } ?? false
      let tasks = ledger.expire(now: time)
      let expected = model.lapse { $0.deadline <= time }
      model.counters.expired += expected
      #expect(tasks.reduce(0) { $0 + $1.captions } == expected)
      #expect(isDue == !tasks.isEmpty)
    case 94..<96: scoreSome()
    default:
      let caption = randomCaption()
      let verdict = randomVerdict(finite: true)
      ledger.restore(caption, verdict)
      model.restore(caption, verdict)
    }
  }

  func compare() {
    let statistics = ledger.statistics
    #expect(statistics == model.statistics)
    #expect(
      statistics.questions
        == statistics.queued + statistics.inFlight + statistics.labelled + statistics.abstained)
    #expect(
      statistics.asked
        == statistics.labelsReceived + statistics.abstentionsReceived + statistics.returned + statistics.inFlight)
    #expect(ledger.exhaustion == model.exhaustion)
    let ids = 0...CaptionID(model.captions.count + 1)
    #expect(ids.map { ledger.state(of: $0) } == ids.map { model.state(of: $0) })
    #expect(ids.map { ledger.sightingCount(of: $0) } == ids.map { model.sightings[$0] })
  }

  private mutating func scoreSome() {
    for _ in 0..<10 {
      let id = CaptionID.random(in: 0...CaptionID(Self.capacity + 1), using: &generator)
      let score = Int.random(in: 0..<8, using: &generator)
      let value = score == 0 ? Float.nan : Float(score - 4) / 2
      ledger.setUncertainty(value, of: id)
      model.setUncertainty(value, of: id)
    }
  }

  private mutating func take(_ annotator: String) {
    let count = Int.random(in: -1..<9, using: &generator)
    let seconds = Double.random(in: 0..<20, using: &generator)
    let taken = ledger.take(count, for: annotator, task: nextTask, now: now, deadlineSeconds: seconds)
    #expect(taken == model.take(count, annotator, nextTask, now: now, seconds: seconds))
    nextTask += 1
  }

  private mutating func complete(_ annotator: String) {
    let task = UInt64.random(in: max(nextTask, 40) - 40...nextTask, using: &generator)
    // Mostly the right annotator, and mostly what it was asked.
    let owner = model.tasks[task] ?? model.lapsed.first { $0.task == task }?.value
    let sender = Int.random(in: 0..<10, using: &generator) == 0 ? annotator : owner?.annotator ?? annotator
    var answers: [CaptionAnswer] = []
    for id in (owner?.asked ?? []).sorted() where Int.random(in: 0..<8, using: &generator) != 0 {
      answers.append(CaptionAnswer(id, randomVerdict(finite: false)))
    }
    for _ in 0..<Int.random(in: 0..<3, using: &generator) {
      let stray = CaptionID.random(in: 0...CaptionID(Self.capacity + 3), using: &generator)
      answers.append(CaptionAnswer(stray, randomVerdict(finite: false)))
    }
    let tokens = Int.random(in: 0..<10, using: &generator)
    let completion = ledger.complete(task, by: sender, answers: answers, tokens: tokens)
    let expected = model.complete(task, sender, answers, tokens: tokens)
    // NaN is not equal to itself, so accepted answers (never NaN) and refusals are compared, not the inputs.
    #expect(completion == expected)
    reasons.formUnion(completion.refused.map(\.reason))
  }

  /// Ninety captions of thirty templates, and now and then the empty one.
  private mutating func randomCaption() -> [UInt8] {
    if Int.random(in: 0..<120, using: &generator) == 0 { return [] }
    let number = Int.random(in: 0..<30, using: &generator)
    let letter = bytes("abcdefghij")[number % 10]
    return bytes(String(repeating: "caption ", count: Int.random(in: 0..<3, using: &generator)))
      + [letter] + bytes(" \(number)")
  }

  private mutating func randomVerdict(finite: Bool) -> Verdict {
    switch Int.random(in: 0..<12, using: &generator) {
    case 0..<5: .label(1)
    case 5..<9: .label(0)
    case 9 where !finite: .label(Bool.random(using: &generator) ? .nan : .infinity)
    default: .abstain
    }
  }
}
