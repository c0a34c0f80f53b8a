/// The decision that all captions of a judge share, calibrated before the first of them.
///
/// Any number may wait for the calibration, one of them carries it out. What it has found out stays when it fails, so
/// that the next goes on from there.
actor DecisionKeeper {
  typealias Ask = @Sendable (SanitisedCaption) async throws(ModelFailure) -> LabelReading

  private(set) var decision: Decision
  /// What is still to be asked.
  private var waiting: [(message: SanitisedCaption, label: Bool)]
  private var scores: [(logOdds: Double, isProgress: Bool)] = []
  private var underWay: Task<ModelFailure?, Never>?

  init(options: JudgeOptions, calibration: [(message: String, label: Bool)]) {
    decision = Decision(options: options)
    let isNeeded =
      switch options.threshold {
      case .calibrated, .runningQuantile: true
      case .word, .fixed: false
      }
    waiting = isNeeded ? calibration.map { (SanitisedCaption($0.message), $0.label) } : []
  }

  /// Calibrates if that has not been done.
  /// - Parameter atOnce: questions under way at a time.
  func prepare(atOnce: Int, ask: @escaping Ask) async throws(ModelFailure) {
    if waiting.isEmpty { return }
    let task = underWay ?? Task { await calibrate(atOnce: max(1, atOnce), ask: ask) }
    underWay = task
    if let failure = await task.value { throw failure }
  }

  func note(_ logOdds: Double) { decision.note(logOdds) }

  private func calibrate(atOnce: Int, ask: @escaping Ask) async -> ModelFailure? {
    defer { underWay = nil }
    while !waiting.isEmpty {
      let batch = waiting.prefix(atOnce)
      var answers = [Result<LabelReading, ModelFailure>?](repeating: nil, count: batch.count)
      await withTaskGroup(of: (Int, Result<LabelReading, ModelFailure>).self) { group in
        for (index, item) in batch.enumerated() { group.addTask { (index, await Self.result(item.message, ask)) } }
        for await (index, result) in group { answers[index] = result }
      }
      // Those before the first failure are done; an answer that cannot be read is left out.
      for case .some(let answer) in answers {
        switch answer {
        case .success(let reading):
          let item = waiting.removeFirst()
          scores.append((reading.logOdds, item.label))
        case .failure(let failure): return failure
        }
      }
    }
    decision.calibrate(scores)
    return nil
  }

  private static func result(_ message: SanitisedCaption, _ ask: Ask) async -> Result<LabelReading, ModelFailure> {
    do throws(ModelFailure) { return .success(try await ask(message)) } catch { return .failure(error) }
  }
}
