import Captions
import IntrinsicReward
import LabelStore
import Transport
import Wire

/// The learner's side of annotation: hands out unlabelled captions to whoever said it is ready, and takes labels in: to
/// the store first, then to the acknowledgement and the reward model.
///
/// Which labels count is decided by their origin (kind and version), because a learner knows an annotator's origin
/// only from its answers. With `acceptsAnyOrigin` all labels count and the latest stands. Otherwise one origin counts: at
/// first that of the latest answer in the store, and from the first answer of the session on that of this answer. If it
/// is another one, the labels taken from the store are forgotten, those of its own are taken up, and the rest is asked
/// again. Answers of further origins are refused in this session, and whoever gave one is asked nothing more. A run
/// without annotator thus learns from the labels of the store's latest origin.
struct AnnotationDesk {
  /// How the desk is set up.
  struct Options {
    var deadlineSeconds = 30.0
    /// The run's name, kept with the labels.
    var run = ""
    var ledger = LedgerOptions()
    var acceptsAnyOrigin = false
    /// Share of the tasks that are pairs to compare, 0 ... 1.
    var pairShare = 0.0
    /// Whether stored answers about pairs are taken up although no pairs are asked.
    var readsPairs = false
  }

  /// What became of an answer.
  struct Outcome {
    /// New labels for the reward model.
    var labels: [CaptionLabel] = []
    /// Answers that changed nothing.
    var refused = 0
    /// Captions whose labels count no longer; the reward model is to forget them.
    var forgotten: [CaptionID] = []
  }

  private(set) var ledger: CaptionLedger
  let store: LabelStore
  let options: Options
  /// nil where no pairs are asked.
  var pairs: PairDesk?
  /// Begins anywhere, so that an answer to an earlier learner's task is not taken for one of this learner's.
  private var nextTask = UInt64.random(in: 1...(.max / 2))
  /// Captions that `newCaptions` has given.
  private var told = 0
  private var ready: [(peer: PeerID, capacity: Int)] = []
  /// The origin whose labels count; nil while there is none, and where all do.
  private(set) var origin: LabelOrigin?
  /// Whether an answer of this session has settled `origin`.
  private var isOriginSettled = false
  /// Annotators of an origin that does not count.
  private var foreigners: Set<PeerID> = []
  /// What captions are judged by in place of the configured goal; empty: the goal.
  private var principle = ""
  /// Tasks before this one asked by another principle.
  private var firstTask: UInt64 = 0
  /// Labels of captions that were new and had their answer already, by their template.
  private var inherited: [CaptionLabel] = []

  init(store: LabelStore, options: Options) {
    self.store = store
    self.options = options
    ledger = CaptionLedger(options.ledger)
    if options.pairShare > 0 { pairs = PairDesk(share: options.pairShare, seed: options.ledger.seed) }
  }

  /// Takes the labels of earlier sessions and other runs up that count.
  /// - Returns: what the reward model is to learn from them.
  mutating func restore() throws -> [CaptionLabel] {
    let spent = try store.spent(by: options.run)
    ledger.charge(labels: spent.labels, tokens: spent.tokens)
    if !options.acceptsAnyOrigin { origin = try store.latestOrigin() }
    return try takeUpLabels()
  }

  /// The global id of a caption that a worker showed; 0, which nobody is asked about, once the ledger is full.
  mutating func intern(_ caption: [UInt8]) -> CaptionID {
    let known = ledger.captionCount
    guard let id = ledger.intern(caption, sightings: 1) else { return 0 }
    if id > known { pairs?.offer(id) }
    if id > known, let label = ledger.label(of: id) { inherited.append(CaptionLabel(caption: id, value: label)) }
    return id
  }

  /// Labels that new captions share with others, for the reward model; each is given out once.
  mutating func takeInherited() -> [CaptionLabel] {
    defer { inherited.removeAll() }
    return inherited
  }

  /// The budget that is spent now, the first time this is asked after it was.
  mutating func exhaustionNotice() -> AskingBudget.Exhaustion? { ledger.exhaustionNotice() }

  /// Says how uncertain the reward model is of captions, by id, NaN where it cannot tell; see
  /// `CaptionLedger.setUncertainty`.
  mutating func setUncertainties(_ uncertainties: [Float]) {
    for (caption, score) in uncertainties.enumerated() where !score.isNaN {
      ledger.setUncertainty(score, of: CaptionID(caption))
    }
  }

  /// The captions met since the last call, by id.
  mutating func newCaptions() -> [NewCaption] {
    let seen = ledger.statistics.seen
    defer { told = seen }
    return (told..<seen).map { NewCaption(id: CaptionID($0 + 1), bytes: ledger.bytes(of: CaptionID($0 + 1)) ?? []) }
  }

  /// An annotator can take `capacity` captions now.
  mutating func isReady(_ peer: PeerID, capacity: Int) {
    ready.removeAll { $0.peer == peer }
    if capacity > 0, !foreigners.contains(peer) { ready.append((peer, capacity)) }
  }

  /// The annotator is gone; its captions are to be asked again.
  /// - Returns: how many went back.
  mutating func left(_ peer: PeerID) -> Int {
    ready.removeAll { $0.peer == peer }
    foreigners.remove(peer)
    let captions = ledger.release(peer.description).reduce(0) { $0 + $1.captions }
    return captions + (pairs?.release(peer.description) ?? 0)
  }

  /// Tasks to send now: one for each ready annotator, as long as there are captions.
  mutating func dispatch(now: Double) -> [(peer: PeerID, task: AnnotationTask)] {
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

  /// Takes in an answer: what the ledger accepts is durable before this returns.
  /// - Parameters:
  ///   - judgements: one for each caption the annotator judged, with the text that was asked where it was another one.
  ///   - origin: who judged by what.
  ///   - name: the annotator's name, kept with the labels.
  ///   - date: seconds since 1970.
  mutating func answer(
    _ task: UInt64, _ judgements: [(caption: CaptionID, judgement: Judgement, asked: [UInt8]?)], of origin: LabelOrigin,
    from peer: PeerID, name: String, date: Double
  ) throws -> Outcome {
    var outcome = Outcome()
    let isCurrent = task >= firstTask
    let counts = isCurrent && (options.acceptsAnyOrigin || !isOriginSettled || origin == self.origin)
    let tokens = judgements.reduce(0) { $0 + ($1.judgement.evidence.map { $0.promptTokens + $0.answerTokens } ?? 0) }
    if isCurrent && !counts {
      foreigners.insert(peer)
      ready.removeAll { $0.peer == peer }
    }
    let answers = counts ? judgements.map { Answer($0.caption, $0.judgement.verdict) } : []
    let completion = ledger.complete(task, by: peer.description, answers: answers, tokens: tokens)
    outcome.refused = judgements.count - completion.accepted.count
    guard !completion.accepted.isEmpty else { return outcome }

    let byCaption = Dictionary(judgements.map { ($0.caption, $0) }) { first, _ in first }
    try store.append(
      completion.accepted.compactMap { answer in
        guard let given = byCaption[answer.caption], let bytes = ledger.bytes(of: answer.caption) else { return nil }
        var judgement = given.judgement
        judgement.verdict = answer.verdict
        return LabelRecord(
          caption: bytes, judgement: judgement, asked: given.asked, template: ledger.template(of: answer.caption),
          run: options.run, annotator: name, kind: origin.kind, version: origin.version, answeredAt: date)
      })
    outcome.labels = completion.accepted.flatMap { answer -> [CaptionLabel] in
      guard case .label(let value) = answer.verdict else { return [] }
      return ledger.captionsSharing(answer.caption).map { CaptionLabel(caption: $0, value: value) }
    }
    if !options.acceptsAnyOrigin, !isOriginSettled { try settle(on: origin, &outcome) }
    return outcome
  }

  /// From now on captions are judged by `principle`. What the old one said counts no longer, be it in the ledger or under
  /// way; where the store has labels by the new one, they are taken up at its first answer.
  /// - Returns: captions whose labels are forgotten.
  mutating func judge(by principle: String) -> [CaptionID] {
    self.principle = principle
    firstTask = nextTask
    (origin, isOriginSettled) = (nil, false)
    foreigners.removeAll()
    ledger.expire(now: .infinity)
    return ledger.forgetVerdicts()
  }

  /// Captions whose annotator did not answer in time go back.
  /// - Returns: how many.
  mutating func expire(now: Double) -> Int {
    ledger.expire(now: now).reduce(0) { $0 + $1.captions } + (pairs?.expire(now: now) ?? 0)
  }

  // MARK: Parts

  /// The first answer of the session is in, and in the store: from now on its origin counts.
  private mutating func settle(on origin: LabelOrigin, _ outcome: inout Outcome) throws {
    isOriginSettled = true
    guard origin != self.origin else { return }
    self.origin = origin
    let forgotten = ledger.forgetVerdicts()
    outcome.labels = try takeUpLabels()
    let known = Set(outcome.labels.map(\.caption))
    outcome.forgotten = forgotten.filter { !known.contains($0) }
  }

  /// Puts the store's labels that count into the ledger.
  /// - Returns: all labels of the ledger.
  private mutating func takeUpLabels() throws -> [CaptionLabel] {
    try store.forEachStanding(of: options.acceptsAnyOrigin ? nil : origin) {
      ledger.restore($0.caption, $0.verdict)
    }
    if let origin { ledger.setIgnored(try store.foreignCaptions(to: origin)) }
    var labels: [CaptionLabel] = []
    ledger.forEachLabel { labels.append(CaptionLabel(caption: $0, value: $1)) }
    return labels
  }
}
