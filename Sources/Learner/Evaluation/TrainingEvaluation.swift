import Configuration
import Foundation
import Runtime
import Telemetry

/// Evaluates a run's checkpoints while it trains: a process of its own plays seeded episodes, and the training sees
/// nothing of it. At most one evaluation runs; one that is due meanwhile is skipped.
///
/// Used by the I/O thread alone.
final class TrainingEvaluation {
  private struct Running {
    var step: Int
    var process: ChildProcess
    /// The folder of checkpoint and results.
    var place: String
    /// By the monotonic clock.
    var start: Double
  }

  /// Microseconds between two looks at a process that is waited for.
  private static let lookMicroseconds: UInt32 = 5000
  /// Seconds that a process may take to end after it was told to.
  private static let endSeconds = 2.0

  private let options: Evaluator.Options
  private let evaluator: Evaluator
  private let files: EvaluationFiles
  private let log: LogWriter
  /// Whether an evaluation is waited for, so that what follows does not depend on how long it takes.
  private let waits: Bool
  private var running: Running?
  /// Steps from which on the next checkpoint is evaluated.
  private var dueStep: Int
  private(set) var state = EvaluationState()
  /// The picture of the newest recorded episode that nobody has taken.
  private var picture: EncodedPicture?

  /// - Parameters:
  ///   - run: the run's directory.
  ///   - step: trained steps that the run continues from.
  ///   - waits: whether every evaluation is waited for.
  /// - Returns: nil if the run has no evaluations.
  /// - Throws: `FileError` naming the file of earlier evaluations that cannot be read.
  init?(
    _ section: EvaluationSection, _ evaluator: Evaluator?, run: String, step: Int, waits: Bool, log: LogWriter
  ) throws(FileError) {
    guard section.everySteps > 0, let evaluator else { return nil }
    options = Evaluator.Options(
      everySteps: section.everySteps, episodes: section.episodes, seed: section.seed, isGreedy: section.greedy,
      threads: section.threads)
    self.evaluator = evaluator
    files = EvaluationFiles(run: run)
    self.waits = waits
    self.log = log
    let earlier = try files.open(at: step)
    state.latest = earlier.last
    state.best = EvaluationResult.best(of: earlier)
    dueStep = 0
    dueStep = stepAfter(max(step, earlier.last?.step ?? 0))
  }

  private func stepAfter(_ step: Int) -> Int { (step / options.everySteps + 1) * options.everySteps }

  // MARK: Events

  /// A checkpoint was saved: evaluates it if an evaluation is due.
  func saved(step: Int, path: String, now: Double) {
    collect(now: now)
    guard step >= dueStep else { return }
    dueStep = stepAfter(step)
    if let running {
      state.skipped += 1
      return log.warning(
        "the evaluation of step \(step) is skipped: that of step \(running.step) has run for "
          + "\(Int(saturating: now - running.start)) s; fewer evaluation.episodes or a larger evaluation.every_steps would "
          + "let each one end in time")
    }
    do {
      try start(step, path, now)
    } catch {
      fail(step, "\(error)")
    }
    if waits { wait(interrupted: { PendingSignals.areThere }) }
  }

  private func start(_ step: Int, _ checkpoint: String, _ now: Double) throws {
    let place = try files.pin(checkpoint)
    do {
      let call = evaluator.call(
        options, place: place, report: EvaluationFiles.report(in: place), isAwaited: waits)
      let errors = open(EvaluationFiles.log(in: place), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      defer { if errors >= 0 { close(errors) } }
      let process = try ChildProcess(call, output: .null, errors: errors >= 0 ? .descriptor(errors) : .null)
      running = Running(step: step, process: process, place: place, start: now)
      state.runningStep = step
    } catch {
      files.discard(place)
      throw error
    }
  }

  /// The picture of a newly recorded episode, once.
  func takePicture() -> EncodedPicture? {
    defer { picture = nil }
    return picture
  }

  /// Takes in the evaluation that has ended, if one has.
  func collect(now: Double) {
    guard let running, let status = running.process.status else { return }
    self.running = nil
    state.runningStep = nil
    do {
      guard status == 0 else {
        throw FileError(running.place, "tengu eval ended with status \(status)\(lastWords(running))")
      }
      try take(running, now)
    } catch {
      files.discard(running.place)
      fail(running.step, "\(error)")
    }
  }

  private func lastWords(_ running: Running) -> String {
    let bytes = (try? files.files.read(EvaluationFiles.log(in: running.place), maximumBytes: 1 << 20)) ?? []
    guard let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last else { return "" }
    return ": \(String(line).printable)"
  }

  private func take(_ running: Running, _ now: Double) throws {
    let report = EvaluationFiles.report(in: running.place)
    let result = try EvaluationResult(
      report: try files.files.read(report, maximumBytes: EvaluationResult.maximumReportBytes), path: report,
      step: running.step, time: Timestamp.now(), seconds: now - running.start)
    let isBest = state.best.map { result.returnMean > $0.returnMean } ?? true
    if isBest { try files.keepAsBest(running.place) }
    picture = files.picture(in: running.place)
    try files.release(running.place)
    try files.add(result)
    state.latest = result
    if isBest { state.best = result }
    state.finished += 1
    let success = result.successRate.map { ", success \(Self.number($0))" } ?? ""
    log.info(
      "evaluation of step \(result.step): return \(Self.number(result.returnMean))\(success) over \(result.episodes) "
        + "episodes in \(Self.number(result.seconds)) s\(isBest ? "; the best so far, kept in best/" : "")")
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  private func fail(_ step: Int, _ reason: String) {
    state.failed += 1
    log.warning("step \(step) was not evaluated: \(reason.printable)")
  }

  // MARK: The end

  /// Whether an evaluation runs.
  var isRunning: Bool { running != nil }

  /// Waits for the evaluation that runs.
  /// - Parameter interrupted: whether the user does not want to wait longer.
  func wait(interrupted: () -> Bool) {
    while running != nil, !interrupted() {
      collect(now: MonotonicClock.seconds)
      if running != nil { usleep(Self.lookMicroseconds) }
    }
    stop()
  }

  /// Ends the evaluation that runs, without a result.
  func stop() {
    guard let running else { return }
    log.info("the evaluation of step \(running.step) is given up: the run ends")
    running.process.send(SIGTERM)
    let deadline = MonotonicClock.seconds + Self.endSeconds
    while running.process.status == nil, MonotonicClock.seconds < deadline { usleep(Self.lookMicroseconds) }
    running.process.send(SIGKILL)
    _ = running.process.waitUntilExit()
    files.discard(running.place)
    self.running = nil
    state.runningStep = nil
  }
}
