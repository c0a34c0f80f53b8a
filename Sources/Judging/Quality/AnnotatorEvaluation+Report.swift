extension AnnotatorEvaluation {
  /// Has messages judged and pairs of them compared, and reports on both.
  /// - Parameters:
  ///   - pairs: how many are asked, in both orders, by `comparison`.
  ///   - generator: draws the pairs and the intervals.
  /// - Throws: the first refusal.
  public func report(
    on messages: [LabelledMessage], pairs: Int = 0, comparison: Comparison? = nil,
    using generator: inout some RandomNumberGenerator
  ) async throws(ModelFailure) -> QualityReport {
    let start = ContinuousClock.now
    let results = try await run(messages)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var report = QualityReport(of: judge, on: messages, results, seconds: seconds, using: &generator)
    if let comparison, pairs > 0 {
      let drawn = MessagePair.draw(pairs, from: messages, using: &generator)
      report.pairs = PositionBias(try await compare(drawn, by: comparison))
    }
    return report
  }
}
