import Assembly
import Captions
import IntrinsicReward
import LabelStore
import Sessions
import Transport
import Wire

/// The learner's side of annotation: it hands out unlabelled captions to annotators that are ready, and decides which
/// of their answers count. `LabelWriter` stores those; the desk itself only reads the store.
///
/// The origin of a label (kind and version of its annotator) decides whether it counts. With `acceptsAnyOrigin` all
/// labels count, and the latest label of a caption is valid. Otherwise one origin counts (`OriginGate`), and the
/// annotators of others are refused. A run without annotator learns from the labels of the store's latest origin.
struct AnnotationDesk {
  /// What the desk asks and which labels it accepts.
  struct Options {
    var deadlineSeconds = 30.0
    /// The run's name, stored with the labels.
    var run = ""
    var ledger = LedgerOptions()
    var acceptsAnyOrigin = false
    /// Whose labels count, by the principle that captions are judged by.
    var expectedOrigin: @Sendable (_ principle: String) -> ExpectedOrigin = { _ in .unknown }
    /// Whose preferences count.
    var expectedPairOrigin = ExpectedOrigin.unknown
    /// Share of the tasks that are pairs to compare, 0 ... 1.
    var pairShare = 0.0
    /// Whether the desk reads stored preferences although it asks no pairs.
    var readsPairs = false
  }

  /// What an answer has changed.
  struct Outcome {
    /// New labels for the reward model.
    var labels: [CaptionLabel] = []
    /// The answers that count, for the store.
    var records: [LabelRecord] = []
    /// Answers that changed nothing.
    var refused = 0
    /// Why no answer of this annotator counts; nil if they do.
    var refusal: String?
    /// Captions whose labels no longer count; the reward model must forget them.
    var forgotten: [CaptionID] = []
  }

  private(set) var ledger: CaptionLedger
  let store: LabelStore
  let options: Options
  /// nil if no pairs are asked.
  private(set) var pairs: PairDesk?
  /// Starts at a random number, so that an answer to an earlier learner's task does not match one of this learner's.
  private var nextTask = UInt64.random(in: 1...(.max / 2))
  /// Number of captions that `newCaptions` has returned.
  private var reported = 0
  private var ready: [(peer: PeerID, capacity: Int)] = []
  private var labelGate: OriginGate
  private var pairGate: OriginGate
  /// The principle that captions are judged by instead of the configured goal; empty for the goal.
  private var principle = ""
  /// Tasks with lower numbers asked by an earlier principle.
  private var firstTask: UInt64 = 0
  /// Labels of new captions whose template had an answer already.
  private var inherited: [CaptionLabel] = []
  /// Stored labels that are not used because they are out of range, since the last notice, and the first of them.
  private var unusable: (count: Int, first: String) = (0, "")

  init(store: LabelStore, options: Options) {
    self.store = store
    self.options = options
    ledger = CaptionLedger(options.ledger)
    labelGate = OriginGate(acceptsAny: options.acceptsAnyOrigin, expected: options.expectedOrigin(""))
    pairGate = OriginGate(acceptsAny: options.acceptsAnyOrigin, expected: options.expectedPairOrigin)
    if options.pairShare > 0 { pairs = PairDesk(share: options.pairShare, seed: options.ledger.seed) }
  }

  /// The origin whose labels count; nil while there is none, and if all origins count.
  var origin: LabelOrigin? { labelGate.current }

  /// Reads the labels of earlier sessions and other runs that count.
  /// - Returns: the labels for the reward model.
  mutating func restore() throws -> [CaptionLabel] {
    let spent = try store.spent(by: options.run)
    ledger.charge(labels: spent.labels, tokens: spent.tokens)
    labelGate.restore(try store.origins())
    return try readLabels()
  }

  /// The global id of a caption that a worker met; 0, the id without a label, once the ledger is full.
  mutating func intern(_ caption: [UInt8]) -> CaptionID {
    let known = ledger.captionCount
    guard let id = ledger.intern(caption, sightings: 0) else { return 0 }
    if id > known { pairs?.offer(id) }
    if id > known, let label = ledger.label(of: id) { inherited.append(CaptionLabel(caption: id, value: label)) }
    return id
  }

  /// Whether the order of asking depends on how often captions are met.
  var countsSightings: Bool { options.ledger.order.countsSightings }

  /// Some steps have met a caption.
  mutating func countSightings(_ steps: UInt32, of caption: CaptionID) { ledger.countSightings(steps, of: caption) }

  /// Labels that new captions share with others, for the reward model; each is returned once.
  mutating func takeInherited() -> [CaptionLabel] {
    defer { inherited.removeAll() }
    return inherited
  }

  /// The budget that is used up; returned once, by the first call after the budget was used up.
  mutating func exhaustionNotice() -> AskingBudget.Exhaustion? { ledger.exhaustionNotice() }

  /// What was skipped while labels were read from the store, as a sentence for the log; nil if nothing was. Each is
  /// returned once. The captions of skipped labels are asked again.
  mutating func unusableNotice() -> String? {
    defer { unusable = (0, "") }
    guard unusable.count > 0 else { return nil }
    return "\(unusable.count) labels of \(store.path) are out of range and not used; the first is of \(unusable.first)"
  }

  /// Passes the reward model's uncertainties to the ledger, which asks uncertain captions first if configured so.
  /// - Parameter uncertainties: by caption id, in nats; NaN for captions that the model cannot score.
  mutating func setUncertainties(_ uncertainties: [Float]) {
    for (caption, score) in uncertainties.enumerated() where !score.isNaN {
      ledger.setUncertainty(score, of: CaptionID(caption))
    }
  }

  /// Captions interned since the last call, in the order of their ids.
  mutating func newCaptions() -> [NewCaption] {
    let seen = ledger.statistics.seen
    defer { reported = seen }
    return (reported..<seen).map { NewCaption(id: CaptionID($0 + 1), bytes: ledger.bytes(of: CaptionID($0 + 1)) ?? []) }
  }

  /// An annotator can take `capacity` captions.
  mutating func isReady(_ peer: PeerID, capacity: Int) {
    ready.removeAll { $0.peer == peer }
    if capacity > 0 { ready.append((peer, capacity)) }
  }

  /// An annotator left; its captions wait again.
  /// - Returns: their number.
  mutating func left(_ peer: PeerID) -> Int {
    ready.removeAll { $0.peer == peer }
    let captions = ledger.release(peer.description).reduce(0) { $0 + $1.captions }
    return captions + (pairs?.release(peer.description) ?? 0)
  }

  /// Tasks to send now: one for each ready annotator, until no captions wait.
  /// - Parameter steps: environment steps that the run has trained on.
  mutating func dispatch(now: Double, steps: Int = 0) -> [(peer: PeerID, task: AnnotationTask)] {
    ledger.setSteps(steps)
    var tasks: [(peer: PeerID, task: AnnotationTask)] = []
    while let next = ready.first {
      if let task = pairTask(nextTask, for: next.peer, capacity: next.capacity, now: now) {
        ready.removeFirst()
        tasks.append((next.peer, task))
        nextTask += 1
        continue
      }
      let ids = ledger.take(
        next.capacity, for: next.peer.description, task: nextTask, now: now, deadlineSeconds: options.deadlineSeconds)
      if ids.isEmpty { break }
      ready.removeFirst()
      let texts = ids.map { ledger.bytes(of: $0) ?? [] }
      let task = AnnotationTask(
        task: nextTask, deadlineSeconds: options.deadlineSeconds, ids: ids, captions: texts, principle: principle)
      tasks.append((next.peer, task))
      nextTask += 1
    }
    return tasks
  }

  /// Takes in an answer.
  /// - Parameters:
  ///   - answers: one for each caption that the annotator judged.
  ///   - origin: kind and version of the annotator.
  ///   - name: the annotator's name, stored with the labels.
  ///   - date: seconds since 1970.
  mutating func answer(
    _ task: UInt64, _ answers: [CaptionAnswer], of origin: LabelOrigin, from peer: PeerID, name: String, date: Double
  ) throws -> Outcome {
    var outcome = Outcome()
    let isCurrent = task >= firstTask
    let counts = isCurrent && labelGate.admits(origin)
    let tokens = answers.reduce(0) { $0 + ($1.judgement.evidence?.tokens ?? 0) }
    if isCurrent && !counts { outcome.refusal = labelGate.refusal(of: origin) }
    let completion = ledger.complete(task, by: peer.description, answers: counts ? answers : [], tokens: tokens)
    outcome.refused = answers.count - completion.accepted.count
    guard !completion.accepted.isEmpty else { return outcome }

    let source = RecordSource(run: options.run, annotator: name, origin: origin, answeredAt: date)
    outcome.records = completion.accepted.map { answer in
      LabelRecord(
        caption: ledger.bytes(of: answer.caption) ?? [], judgement: answer.judgement,
        template: ledger.template(of: answer.caption), source: source)
    }
    outcome.labels = completion.accepted.flatMap { answer -> [CaptionLabel] in
      guard case .label(let value) = answer.verdict else { return [] }
      return ledger.captionsSharing(answer.caption).map { CaptionLabel(caption: $0, value: value) }
    }
    if labelGate.settle(on: origin) { try readStored(&outcome) }
    return outcome
  }

  /// From now on captions are judged by `principle`. Labels by the old one no longer count, whether in the ledger or in
  /// flight. The first answer by the new one also reads the labels that the store has by it.
  /// - Returns: captions whose labels are forgotten.
  mutating func judge(by principle: String) -> [CaptionID] {
    self.principle = principle
    firstTask = nextTask
    labelGate.expect(options.expectedOrigin(principle))
    ledger.expire(now: .infinity)
    return ledger.forgetVerdicts()
  }

  /// Captions whose annotator did not answer in time wait again.
  /// - Returns: their number.
  mutating func expire(now: Double) -> Int {
    ledger.expire(now: now).reduce(0) { $0 + $1.captions } + (pairs?.expire(now: now) ?? 0)
  }

  // MARK: Parts

  /// The first answer is here, and so it is settled which labels of the store count.
  private mutating func readStored(_ outcome: inout Outcome) throws {
    let forgotten = ledger.forgetVerdicts()
    // The answer itself may not be in the store yet.
    outcome.labels = try readLabels(and: outcome.records)
    let known = Set(outcome.labels.map(\.caption))
    outcome.forgotten = forgotten.filter { !known.contains($0) }
  }

  /// Reads the store's labels that count into the ledger, and then those of `newer`.
  /// - Returns: all labels of the ledger.
  private mutating func readLabels(and newer: [LabelRecord] = []) throws -> [CaptionLabel] {
    try store.forEachValid(of: options.acceptsAnyOrigin ? nil : origin) { record in
      guard let fault = record.verdict.fault else {
        ledger.restore(record.caption, record.verdict)
        return
      }
      if unusable.count == 0 { unusable.first = "\"\(EscapedText.escape(record.caption))\": \(fault)" }
      unusable.count += 1
    }
    for record in newer { ledger.restore(record.caption, record.verdict) }
    if let origin { ledger.setIgnored(try store.foreignCaptions(to: origin)) }
    var labels: [CaptionLabel] = []
    ledger.forEachLabel { labels.append(CaptionLabel(caption: $0, value: $1)) }
    return labels
  }
}

// MARK: - Pairs

extension AnnotationDesk {
  /// Reads stored preferences: those of the latest origin, or all if all origins count.
  /// - Returns: the preferences for the reward model.
  mutating func restorePairs() throws -> [CaptionPreference] {
    guard pairs != nil || options.readsPairs else { return [] }
    let records = try store.preferences()
    pairGate.restore(records.reversed().map(\.source.origin))
    return records.compactMap { record in
      guard pairGate.admits(record.source.origin), let target = record.judgement.verdict.target
      else { return nil }
      let (first, second) = (intern(record.first), intern(record.second))
      guard first != 0, second != 0, first != second else { return nil }
      pairs?.restore(CaptionPair(first, second))
      return CaptionPreference(first: first, second: second, target: target)
    }
  }

  /// A task of pairs if it is their turn; nil if it is not, or if there are no pairs to ask.
  mutating func pairTask(_ number: UInt64, for peer: PeerID, capacity: Int, now: Double) -> AnnotationTask? {
    guard pairs?.takesTurn() == true else { return nil }
    let drawn =
      pairs?.take(
        capacity, for: peer.description, task: number, now: now, deadlineSeconds: options.deadlineSeconds) ?? []
    if drawn.isEmpty { return nil }
    return AnnotationTask(
      task: number, deadlineSeconds: options.deadlineSeconds, ids: drawn.map(\.first),
      captions: drawn.map { ledger.bytes(of: $0.first) ?? [] }, partners: drawn.map(\.second),
      partnerCaptions: drawn.map { ledger.bytes(of: $0.second) ?? [] })
  }

  /// Takes in an answer about pairs.
  /// - Returns: the preferences for the reward model, the answers for the store, and how many answers changed nothing.
  mutating func answerPairs(
    _ labels: Labels, from peer: PeerID, name: String, date: Double
  ) throws(PeerFault) -> (preferences: [CaptionPreference], records: [PreferenceRecord], refused: Int) {
    guard pairGate.admits(labels.origin) else {
      _ = pairs?.release(peer.description)
      throw PeerFault(.configuration, pairGate.refusal(of: labels.origin))
    }
    let accepted = pairs?.complete(labels, by: peer.description) ?? []
    let source = RecordSource(run: options.run, annotator: name, origin: labels.origin, answeredAt: date)
    let records = accepted.map { answer in
      PreferenceRecord(
        first: ledger.bytes(of: answer.pair.first) ?? [], second: ledger.bytes(of: answer.pair.second) ?? [],
        judgement: answer.judgement, source: source)
    }
    if !accepted.isEmpty { _ = pairGate.settle(on: labels.origin) }
    return (accepted.compactMap(CaptionPreference.init), records, labels.ids.count - accepted.count)
  }
}
