import Captions
import Foundation
import IntrinsicReward
import Runtime
import Sessions
import Telemetry
import Trajectories
import Transport
import Wire

/// Everything the I/O thread does about captions and labels: captions from workers go to the annotation desk, its tasks
/// to annotators, and their answers to the label store and the trainer.
final class LabelExchange {
  /// Labels of one answer that the run's views may show.
  private static let shownLabels = 8

  private var desk: AnnotationDesk
  private let writer: LabelWriter
  private let mailbox: TrainerMailbox<RunAlgorithm>
  private let channel: PeerChannel
  private let reporter: RunReporter
  private let peerLog: PeerLog
  /// nil if the annotator judges by no goal.
  private var principle: PrincipleFile?
  /// Whether the trainer receives the texts of new captions.
  private let sendsTexts: Bool
  private var sightings = SightingTally()
  /// The reward model's newest uncertainties, until the desk has them.
  private var uncertainties: [Float]?
  /// What waits for labels; nil unless an annotator judges the answers of a text policy.
  var unlabelled: UnlabelledUnits?

  init(
    desk: AnnotationDesk, writer: LabelWriter, mailbox: TrainerMailbox<RunAlgorithm>, channel: PeerChannel,
    reporter: RunReporter, peerLog: PeerLog, principle: PrincipleFile?, sendsTexts: Bool
  ) {
    self.desk = desk
    self.writer = writer
    self.mailbox = mailbox
    self.channel = channel
    self.reporter = reporter
    self.peerLog = peerLog
    self.principle = principle
    self.sendsTexts = sendsTexts
  }

  var captionStatistics: LedgerStatistics { desk.ledger.statistics }
  /// nil if no pairs are asked.
  var pairStatistics: PairLedger.Statistics? { desk.pairs?.statistics }
  /// Signalled when answers have reached the disk.
  var stored: WakeUp { writer.wake }
  /// Answers that are not on disk yet, and attempts to write them that failed.
  var storage: (waiting: Int, failures: Int) { (writer.waitingCount, writer.failures) }

  // MARK: Workers

  /// Takes in the captions that a trajectory is the first to use.
  /// - Parameter first: the worker's id of the first caption.
  /// - Throws: `PeerFault` if they do not continue the session's numbering.
  func learn(_ captions: [[UInt8]], first: Int, of session: PeerSession) throws(PeerFault) {
    guard !captions.isEmpty else { return }
    try session.add(captions: captions, first: first) { desk.intern($0) }
    mailbox.send(
      RewardUpdate(captions: sendsTexts ? desk.newCaptions() : [], labels: desk.takeInherited()))
  }

  /// Takes in what another learner of the run has told: numbers the captions that its workers met.
  /// - Returns: the captions' numbers, in their order; 0 for one that the ledger has no room for.
  func learn(_ news: RankNews) -> [CaptionID] {
    if desk.countsSightings {
      for (number, entry) in news.payments where ledgerHas(number) {
        desk.countSightings(UInt32(clamping: entry.steps), of: CaptionID(clamping: number))
      }
    }
    guard !news.captions.isEmpty else { return [] }
    let numbers = news.captions.map { desk.intern($0) }
    mailbox.send(RewardUpdate(captions: sendsTexts ? desk.newCaptions() : [], labels: desk.takeInherited()))
    return numbers
  }

  /// Asks about the answers of a text policy.
  /// - Returns: their captions, in order; 0 for one that the ledger has no room for.
  func ask(_ answers: [String]) -> [CaptionID] {
    let captions = answers.map { desk.intern(Array($0.utf8)) }
    if desk.countsSightings { for caption in captions { desk.countSightings(1, of: caption) } }
    // A text policy has no reward model that would learn them.
    _ = desk.takeInherited()
    return captions
  }

  private func ledgerHas(_ number: Int) -> Bool { number > 0 && number <= Int(desk.ledger.captionCount) }

  /// Counts the steps that met each caption, if the order of asking depends on it.
  func sight(_ unroll: Unroll) {
    guard desk.countsSightings else { return }
    sightings.add(UnsafeBufferPointer(start: unroll[Step.captions], count: unroll.frameCount))
    sightings.drain { desk.countSightings($1, of: $0) }
  }

  // MARK: Annotators

  /// An annotator can take `capacity` captions.
  func isReady(_ peer: PeerID, capacity: Int) { desk.isReady(peer, capacity: capacity) }

  /// A session has ended; the captions of an annotator wait again.
  /// - Returns: what completes the log's line.
  func left(_ session: PeerSession) -> String {
    let returned = session.role == .annotator ? desk.left(session.peer) : 0
    return returned > 0 ? "; \(returned) captions wait again" : ""
  }

  /// Takes in an annotator's answer: its labels go to the trainer and to the store. `acknowledge` answers once they are
  /// on disk.
  /// - Throws: `LabelStoreError` if the store cannot be read.
  func take(_ answer: Labels, from session: PeerSession, now: Double) throws {
    let refused = try answer.partners.isEmpty ? takeLabels(answer, session, now) : takePreferences(answer, session, now)
    acknowledgeStored()
    reporter.answered(answer.ids.count - refused, seconds: answer.latencySeconds, now: now)
    if let notice = desk.unusableNotice() { reporter.log.warning(notice) }
    if let exhaustion = desk.exhaustionNotice() {
      reporter.log.warning("no more captions are asked: \(exhaustion.rawValue)")
    }
  }

  /// Acknowledges the answers that have reached the disk, and logs why others have not.
  func acknowledgeStored() {
    writer.writeIfAllowed()
    for event in writer.takeEvents() {
      switch event {
      case .notice(let line): reporter.log.warning(line)
      case .stored(let tasks):
        for (peer, task) in tasks {
          channel.send(.labelsAcknowledgement(LabelsAcknowledgement(task: task)), to: peer)
        }
      }
    }
  }

  /// Makes a last attempt to store what waits.
  /// - Returns: how many answers are lost; no annotator was told that they are stored.
  func finish() -> Int {
    let lost = writer.close()
    acknowledgeStored()
    return lost
  }

  /// Sends what can be asked now to the annotators that are ready.
  func handOutTasks(now: Double) throws {
    followPrinciple(now)
    if let newest = uncertainties {
      desk.setUncertainties(newest)
      uncertainties = nil
    }
    let expired = desk.expire(now: now)
    if expired > 0 { peerLog.expired(expired, now: now) }
    unlabelled?.release(desk.ledger, now: now)
    // Answers that the disk does not take wait in memory, and that has a bound.
    if writer.isFull { return }
    for (peer, task) in desk.dispatch(now: now, steps: mailbox.counters.trainedSteps) {
      channel.send(.annotationTask(task), to: peer)
    }
  }

  // MARK: The trainer

  /// The reward model's newest uncertainties, by caption id; the next tasks ask the most uncertain captions first.
  func setUncertainties(_ newest: [Float]) { uncertainties = newest }

  /// The rewards paid per caption in this session, with texts and labels.
  func payments(of audit: RewardAudit) -> [CaptionPayment] {
    audit.entries.enumerated().filter { $0.element.steps > 0 }.map { id, entry in
      var payment = CaptionPayment(caption: desk.ledger.bytes(of: CaptionID(id)) ?? [])
      (payment.steps, payment.paidSteps, payment.paid) = (entry.steps, entry.paidSteps, entry.paid)
      (payment.score, payment.flips) = (entry.score.isNaN ? nil : entry.score, entry.flips)
      payment.label = desk.ledger.label(of: CaptionID(id))
      return payment
    }
  }

  // MARK: Parts

  /// - Returns: how many labels were refused.
  private func takeLabels(_ answer: Labels, _ session: PeerSession, _ now: Double) throws -> Int {
    let outcome = try desk.answer(
      answer.task, answer.answers, of: answer.origin, from: session.peer, name: session.name,
      date: Date().timeIntervalSince1970)
    if let refusal = outcome.refusal { throw PeerFault(.configuration, refusal) }
    if !outcome.forgotten.isEmpty {
      reporter.log.warning(
        "\(session.name) answers as \(answer.origin): \(outcome.forgotten.count) labels of another source are forgotten"
      )
      mailbox.send(.withdrawing(outcome.forgotten))
    }
    mailbox.send(RewardUpdate(labels: outcome.labels))
    for label in outcome.labels.suffix(Self.shownLabels) where !label.value.isNaN {
      if let caption = desk.ledger.bytes(of: label.caption) { reporter.labelled(caption, label.value) }
    }
    writer.put(StoredAnswers(labels: outcome.records, peer: session.peer, task: answer.task))
    if outcome.refused > 0 {
      peerLog.notUsed("\(outcome.refused) labels refused: not asked, or answered already", of: session, now: now)
    }
    return outcome.refused
  }

  /// - Returns: how many preferences were refused.
  private func takePreferences(_ answer: Labels, _ session: PeerSession, _ now: Double) throws(PeerFault) -> Int {
    let (preferences, records, refused) = try desk.answerPairs(
      answer, from: session.peer, name: session.name, date: Date().timeIntervalSince1970)
    var update = RewardUpdate()
    update.preferences = preferences
    mailbox.send(update)
    writer.put(StoredAnswers(preferences: records, peer: session.peer, task: answer.task))
    if refused > 0 { peerLog.notUsed("\(refused) preferences refused: not asked", of: session, now: now) }
    return refused
  }

  /// Changes the principle that captions are judged by if the file has a new one.
  private func followPrinciple(_ now: Double) {
    switch principle?.change(now: now) {
    case nil: break
    case .refused(let reason): reporter.log.warning(reason)
    case .principle where desk.pairs != nil:
      reporter.log.warning(
        "a run that asks pairs keeps its goal: the store does not tell preferences by one goal from those by another")
    case .principle(let text):
      let forgotten = desk.judge(by: text)
      mailbox.send(.withdrawing(forgotten))
      let words = text.isEmpty ? "the configured goal" : "\"\(text)\""
      reporter.log.info("captions are judged by \(words); \(forgotten.count) labels are forgotten")
    }
  }
}

extension RewardUpdate {
  /// Takes labels back: NaN as a label means that the caption has none.
  fileprivate static func withdrawing(_ captions: [CaptionID]) -> RewardUpdate {
    RewardUpdate(labels: captions.map { CaptionLabel(caption: $0, value: .nan) })
  }
}
