import Annotation
import IntrinsicReward
import Transport
import Wire

/// The learner's side of annotation: hands out unlabelled captions, newest first, to whoever said it is ready, and takes
/// labels in: to the store first, then to the acknowledgement and the reward model.
struct AnnotationDesk {
  private(set) var ledger = CaptionLedger()
  private let store: LabelStore
  private let deadlineSeconds: Double
  /// Begins anywhere, so that an answer to an earlier learner's task is not taken for one of this learner's.
  private var nextTask = UInt64.random(in: 1...(.max / 2))
  private var ready: [(peer: PeerID, capacity: Int)] = []

  init(store: LabelStore, deadlineSeconds: Double) {
    self.store = store
    self.deadlineSeconds = deadlineSeconds
  }

  /// Takes the labels of earlier sessions back in.
  /// - Returns: what the reward model is to learn from them.
  mutating func restore() throws -> [CaptionLabel] {
    ledger.restore(try store.all())
    var labels: [CaptionLabel] = []
    ledger.forEachLabel { labels.append(CaptionLabel(caption: $0, value: $1)) }
    return labels
  }

  /// The global id of a caption that a worker showed; 0, which nobody is asked about, once the ledger is full.
  mutating func intern(_ caption: [UInt8]) -> CaptionID { ledger.intern(caption, sightings: 1) ?? 0 }

  /// An annotator can take `capacity` captions now.
  mutating func isReady(_ peer: PeerID, capacity: Int) {
    ready.removeAll { $0.peer == peer }
    if capacity > 0 { ready.append((peer, capacity)) }
  }

  /// The annotator is gone; its captions are to be asked again.
  /// - Returns: how many went back.
  mutating func left(_ peer: PeerID) -> Int {
    ready.removeAll { $0.peer == peer }
    return ledger.release(peer.description).reduce(0) { $0 + $1.captions }
  }

  /// Tasks to send now: one for each ready annotator, as long as there are captions.
  mutating func dispatch(now: Double) -> [(peer: PeerID, task: AnnotationTask)] {
    var tasks: [(peer: PeerID, task: AnnotationTask)] = []
    while let next = ready.first {
      let ids = ledger.take(
        next.capacity, for: next.peer.description, task: nextTask, now: now, deadlineSeconds: deadlineSeconds)
      if ids.isEmpty { break }
      ready.removeFirst()
      let texts = ids.map { ledger.bytes(of: $0) ?? [] }
      tasks.append(
        (next.peer, AnnotationTask(task: nextTask, deadlineSeconds: deadlineSeconds, ids: ids, captions: texts)))
      nextTask += 1
    }
    return tasks
  }

  /// Takes in an answer: what the ledger accepts is durable before this returns.
  /// - Parameters:
  ///   - name: the annotator's name, kept with the labels.
  ///   - date: seconds since 1970.
  /// - Returns: new labels for the reward model, and how many answers were refused.
  mutating func answer(
    _ labels: Labels, from peer: PeerID, name: String, date: Double
  ) throws -> (labels: [CaptionLabel], refused: Int) {
    let completion = ledger.complete(labels.task, by: peer.description, answers: labels.answers)
    let records = completion.accepted.compactMap { answer in
      ledger.bytes(of: answer.caption).map {
        LabelRecord(
          caption: $0, verdict: answer.verdict, annotator: name, kind: labels.annotatorKind,
          version: labels.annotatorVersion, answeredAt: date)
      }
    }
    try store.append(records)
    let learned = completion.accepted.compactMap { answer -> CaptionLabel? in
      guard case .label(let value) = answer.verdict else { return nil }
      return CaptionLabel(caption: answer.caption, value: value)
    }
    return (learned, completion.refused.count)
  }

  /// Captions whose annotator did not answer in time go back.
  /// - Returns: how many.
  mutating func expire(now: Double) -> Int { ledger.expire(now: now).reduce(0) { $0 + $1.captions } }
}

extension Labels {
  /// The answers in the ledger's words.
  var answers: [Answer] {
    ids.indices.map { Answer(ids[$0], outcomes[$0] == .labelled ? .label(values[$0]) : .abstain) }
  }
}
