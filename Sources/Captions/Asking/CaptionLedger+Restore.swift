extension CaptionLedger {
  /// Puts a stored verdict back. Over a caption that has one, this one stands. Where captions share a question it is the
  /// verdict of all of them, also of those that are yet to be seen.
  /// - Returns: the caption's id; nil when the ledger is full (counted as `overflowed`), the caption is empty or the
  ///   label is not finite.
  @discardableResult
  public mutating func restore(_ caption: [UInt8], _ verdict: Verdict) -> CaptionID? {
    if case .label(let value) = verdict, !value.isFinite { return nil }
    guard let id = intern(caption, sightings: 0), id > 0 else { return nil }
    settle(question(of: id), verdict)
    return id
  }

  /// Queues everything again that has a verdict: they came from a source that counts no longer.
  /// - Returns: the captions that had a label.
  public mutating func forgetVerdicts() -> [CaptionID] {
    var forgotten: [CaptionID] = []
    forEachLabel { caption, _ in forgotten.append(caption) }
    for question in 1..<QuestionID(phases.count) where phases[Int(question)] == .settled {
      labels[Int(question)] = .nan
      enqueue(question)
    }
    (counters.labelled, counters.abstained) = (0, 0)
    return forgotten
  }

  /// Notes how many stored captions have answers of other sources only.
  public mutating func setIgnored(_ captions: Int) { counters.ignored = captions }
}
