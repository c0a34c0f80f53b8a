import Foundation
import Runtime
import Wire

/// The answer to `tengu status` at the receiving end. Any program can listen at the address, so the text is checked
/// before anything of it is shown or handed to another program.
extension RunStatus {
  /// Bounds of what a learner of this version reports.
  private enum Bound {
    /// Peers of all roles that a learner admits.
    static let peers = 4096
    /// Bytes of a name or an address.
    static let text = 1024
    /// Points, phases, labels or events.
    static let rows = 256
    /// Rates, and seconds of a process's life.
    static let number = 0...1e15
    static let share = 0.0...1.0
  }

  /// Reads the JSON text of an answer.
  /// - Throws: `FileError` naming the field that is missing, of another kind or out of its range.
  public init(answer text: String) throws(FileError) {
    do {
      self = try JSONDecoder().decode(RunStatus.self, from: Data(text.utf8))
    } catch {
      throw Self.refusal(SystemReason.text(of: error))
    }
    do throws(ForeignNumberError) {
      try check()
    } catch {
      throw Self.refusal(error.description)
    }
  }

  /// The status as one line of JSON with sorted keys, in which control characters and those that change the direction of
  /// writing are escaped. Other programs read the same text as without escapes.
  public var printableJSON: String {
    get throws {
      try json.unicodeScalars.reduce(into: "") { text, scalar in
        let character = String(scalar)
        if character.printable == character {
          text += character
        } else {
          for unit in character.utf16 { text += String(format: "\\u%04x", Int(unit)) }
        }
      }
    }
  }

  private static func refusal(_ reason: String) -> FileError {
    FileError("the answer of the learner", "\(reason.printable); is it a learner of this version?")
  }

  private func check() throws(ForeignNumberError) {
    try Self.check([("run", run), ("task", task)])
    try Self.check([
      ("stepsPlayed", stepsPlayed), ("stepsTrained", stepsTrained), ("stepsDiscarded", stepsDiscarded),
      ("stepsQueued", stepsQueued), ("totalSteps", totalSteps), ("skippedUpdates", skippedUpdates),
      ("captionsSeen", captionsSeen), ("captionsLabelled", captionsLabelled),
      ("captionsAbstained", captionsAbstained), ("captionsInFlight", captionsInFlight),
      ("captionsOverflowed", captionsOverflowed), ("peersRefused", peersRefused), ("peersBanned", peersBanned),
    ])
    _ = try UInt64(checked: policyVersion, in: 0...UInt64(plausibleCount.upperBound), "policyVersion")
    try Self.check(
      [
        ("stepsPerSecond", stepsPerSecond), ("bytesPerFrame", bytesPerFrame ?? 0),
        ("compressionRatio", compressionRatio ?? 0),
      ], in: Bound.number)
    if let trainer {
      try Self.check(
        [
          ("trainer.wait", trainer.wait), ("trainer.rewards", trainer.rewards), ("trainer.train", trainer.train),
          ("trainer.publish", trainer.publish),
        ], in: Bound.share)
    }
    _ = try Int(checked: peers.count, in: 0...Bound.peers, "the number of peers")
    for (index, peer) in peers.enumerated() { try peer.check("peers[\(index)]") }
    try view?.check()
  }

  /// The number of rows of a list.
  fileprivate static func check(rows: Int, _ name: String) throws(ForeignNumberError) {
    _ = try Int(checked: rows, in: 0...Bound.rows, "the number of \(name)")
  }

  fileprivate static func check(_ texts: [(name: String, text: String)]) throws(ForeignNumberError) {
    for (name, text) in texts { _ = try Int(checked: text.utf8.count, in: 0...Bound.text, "the length of \(name)") }
  }

  fileprivate static func check(_ counts: [(name: String, count: Int)]) throws(ForeignNumberError) {
    for (name, count) in counts { _ = try Int(checked: count, in: plausibleCount, name) }
  }

  fileprivate static func check(
    _ numbers: [(name: String, number: Double)], in range: ClosedRange<Double> = Bound.number
  ) throws(ForeignNumberError) {
    // NaN too fails the comparison.
    for (name, number) in numbers where !range.contains(number) {
      throw ForeignNumberError("\(name) is \(number), not from \(range.lowerBound) to \(range.upperBound)")
    }
  }
}

extension RunStatus.Peer {
  fileprivate func check(_ place: String) throws(ForeignNumberError) {
    try RunStatus.check([
      ("\(place).role", role), ("\(place).name", name), ("\(place).host", host), ("\(place).address", address),
      ("\(place).key", key ?? ""),
    ])
    for (name, count) in [
      ("steps", steps), ("environmentErrors", environmentErrors), ("discardedTrajectories", discardedTrajectories),
    ] {
      _ = try UInt64(checked: count, in: 0...UInt64(plausibleCount.upperBound), "\(place).\(name)")
    }
    try RunStatus.check([("\(place).threads", threads ?? 0)])
    try RunStatus.check([
      ("\(place).stepsPerSecond", stepsPerSecond), ("\(place).silentSeconds", silentSeconds),
      ("\(place).times.environment", times.environment), ("\(place).times.inference", times.inference),
      ("\(place).times.other", times.other), ("\(place).times.wait", times.wait),
      ("\(place).times.pack", times.pack), ("\(place).times.send", times.send),
    ])
  }
}

extension RunView {
  fileprivate func check() throws(ForeignNumberError) {
    try RunStatus.check(rows: points.count, "view.points")
    try RunStatus.check(rows: labels.count, "view.labels")
    try RunStatus.check(rows: events.count, "view.events")
    try RunStatus.check(events.map { ("view.events", $0) } + labels.map { ("view.labels", $0.caption) })
    try RunStatus.check([("view.episodes", episodes)])
    try RunStatus.check([
      ("view.seconds", seconds), ("view.lengthMean", lengthMean ?? 0), ("view.labelsPerSecond", labelsPerSecond ?? 0),
    ])
    for point in points {
      try RunStatus.check([("view.points.steps", point.steps), ("view.points.queueBatches", point.queueBatches)])
      try RunStatus.check([
        ("view.points.seconds", point.seconds), ("view.points.stepsPerSecond", point.stepsPerSecond ?? 0),
        ("view.points.policyLag", point.policyLag ?? 0),
      ])
    }
    try evaluation?.check()
    guard let phases else { return }
    try RunStatus.check(rows: phases.learner.count + phases.workers.count, "view.phases")
    try RunStatus.check(
      [("view.phases.advice", phases.advice)] + (phases.learner + phases.workers).map { ("phase", $0.name) })
    try RunStatus.check((phases.learner + phases.workers).map { ("view.phases", $0.share) })
  }
}

extension EvaluationView {
  fileprivate func check() throws(ForeignNumberError) {
    try RunStatus.check([
      ("view.evaluation.runningStep", runningStep ?? 0), ("view.evaluation.skipped", skipped),
      ("view.evaluation.failed", failed),
    ])
    for result in [latest, best].compactMap(\.self) {
      try RunStatus.check([("view.evaluation.step", result.step), ("view.evaluation.episodes", result.episodes)])
      try RunStatus.check([
        ("view.evaluation.time", result.time), ("view.evaluation.seconds", result.seconds),
        ("view.evaluation.lengthMean", result.lengthMean ?? 0),
        ("view.evaluation.successRate", result.successRate ?? 0),
      ])
      try RunStatus.check([("view.evaluation.returnMean", abs(result.returnMean))])
    }
  }
}
