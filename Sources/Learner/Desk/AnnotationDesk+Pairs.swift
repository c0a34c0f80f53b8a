import Captions
import IntrinsicReward
import LabelStore
import Transport
import Wire

extension AnnotationDesk {
  /// Takes earlier answers about pairs up: those of the latest origin, or all where all count.
  /// - Returns: what the reward model is to learn from them.
  mutating func restorePairs() throws -> [CaptionPreference] {
    guard pairs != nil || options.readsPairs else { return [] }
    let records = try store.preferences()
    let latest = records.last?.origin
    return records.compactMap { record in
      guard options.acceptsAnyOrigin || record.origin == latest, let target = record.preference.target else {
        return nil
      }
      let (first, second) = (intern(record.first), intern(record.second))
      guard first != 0, second != 0, first != second else { return nil }
      pairs?.restore(CaptionPair(first, second))
      return CaptionPreference(first: first, second: second, target: target)
    }
  }

  /// A task of pairs, if it is their turn and there are any to ask.
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

  /// Takes in an answer about pairs: what counts is durable before this returns.
  mutating func answerPairs(
    _ labels: Labels, from peer: PeerID, name: String, date: Double
  ) throws -> (preferences: [CaptionPreference], refused: Int) {
    let accepted = pairs?.complete(labels, by: peer.description) ?? []
    let evidence = Dictionary(
      zip(labels.pairAnswers.map(\.pair), labels.judgements.map(\.judgement.evidence)),
      uniquingKeysWith: { first, _ in first })
    try store.append(
      accepted.map { answer in
        PreferenceRecord(
          first: ledger.bytes(of: answer.pair.first) ?? [], second: ledger.bytes(of: answer.pair.second) ?? [],
          preference: answer.preference, evidence: evidence[answer.pair] ?? nil, run: options.run, annotator: name,
          kind: labels.annotatorKind, version: labels.annotatorVersion, answeredAt: date)
      })
    let preferences = accepted.compactMap { answer in
      answer.preference.target.map {
        CaptionPreference(first: answer.pair.first, second: answer.pair.second, target: $0)
      }
    }
    return (preferences, labels.ids.count - accepted.count)
  }
}
