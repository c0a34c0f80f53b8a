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

  /// Puts stored verdicts back, oldest first: the first thing a resumed learner does with its label store.
  /// - Returns: how many stand in the ledger.
  @discardableResult
  public mutating func restore(_ records: some Sequence<LabelRecord>) -> Int {
    records.reduce(into: 0) { count, record in
      if restore(record.caption, record.verdict) != nil { count += 1 }
    }
  }
}
