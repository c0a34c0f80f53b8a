import CWire
import Captions

/// Answers of models that could not be read travel with the labels, for people who look for the cause.
extension Labels {
  /// Keeps the first of each kind, so that a model that never gives a readable answer does not fill the message.
  static func firstOfEachKind(_ answers: [UnreadableAnswer?]) -> [Int: UnreadableAnswer] {
    var kept: [Int: UnreadableAnswer] = [:]
    var reasons: Set<String> = []
    for (entry, answer) in answers.enumerated() where kept.count < WireLimits.maximumUnreadableAnswers {
      if let answer, reasons.insert(answer.reason).inserted { kept[entry] = answer }
    }
    return kept
  }

  func checkUnreadable() throws(WireError) {
    try Check.atMost(WireLimits.maximumUnreadableAnswers, unreadable.count, "labels.unreadable")
    for entry in unreadable.keys where !ids.indices.contains(entry) {
      throw .invalid(field: "labels.unreadable.entry", reason: "\(entry) of \(ids.count) entries")
    }
  }
}

extension UnreadableAnswer {
  func pack(_ entry: Int, _ arena: PackArena) -> Tengu__UnreadableAnswer {
    var packed = Tengu__UnreadableAnswer()
    tengu__unreadable_answer__init(&packed)
    packed.entry = UInt32(clamping: entry)
    packed.reason = arena.text(reason)
    packed.said = arena.text(said)
    return packed
  }

  /// The type escapes and cuts both texts, so that any text may come.
  static func unpack(_ packed: Tengu__UnreadableAnswer) throws(WireError) -> (entry: Int, answer: UnreadableAnswer) {
    let answer = UnreadableAnswer(
      reason: try Unpack.text(packed.reason, "labels.unreadable.reason"),
      said: try Unpack.text(packed.said, "labels.unreadable.said"))
    return (Int(clamping: packed.entry), answer)
  }
}
