import Foundation
import Runtime
import Telemetry
import Transport

/// Runs an experiment, several runs at a time. It skips finished runs and resumes interrupted ones.
public final class ExperimentRunner {
  /// The outcome of all runs.
  public struct Outcome: Sendable, Equatable {
    /// Number of runs of the experiment's first seeds and of further ones that were needed.
    public var total = 0
    /// Number of those that are finished, including those of earlier attempts.
    public var finished = 0
    /// Names of the runs whose process failed.
    public var failed: [String] = []
    /// Whether a signal ended the experiment.
    public var isInterrupted = false
  }

  private static let pollSeconds = 0.05
  private static let shownLines = 5
  /// Seconds between lines about the progress of the runs.
  private static let progressSeconds = 60.0

  private let experiment: Experiment
  private let folder: ExperimentFolder
  private let programs: ExperimentPrograms
  private let jobs: Int
  private let say: (String) -> Void
  private var nextProgress = Date(timeIntervalSinceNow: ExperimentRunner.progressSeconds)
  private var waiting: [ExperimentRun] = []
  private var running: [(process: RunProcess, since: Date)] = []
  private var outcome = Outcome()
  /// Signals that were received.
  private var heard = 0
  /// Names of the runs in `outcome.total`.
  private var counted: Set<String> = []
  /// Further seeds that were added.
  private var addedSeeds = 0
  /// nil before the first run starts.
  private var left: TimeLeft?

  /// - Parameters:
  ///   - jobs: runs at a time; nil for one for each processor that the process may use. Each cluster runs alone,
  ///     because it uses all cores.
  ///   - say: receives a line about the progress.
  public init(
    _ experiment: Experiment, in folder: ExperimentFolder, _ programs: ExperimentPrograms, jobs: Int? = nil,
    say: @escaping (String) -> Void
  ) {
    self.experiment = experiment
    self.folder = folder
    self.programs = programs
    self.jobs = jobs ?? UsableProcessors.count
    self.say = say
  }

  /// Executes the missing runs and evaluations.
  /// - Parameter signals: returns the number of signals received; the first lets the runs save checkpoints and end, the
  ///     second ends them at once.
  /// - Throws: if the folder cannot be used.
  public func run(signals: () -> Int = { Interruption.count }) throws -> Outcome {
    let lock = try folder.prepare(for: experiment)
    defer { withExtendedLifetime(lock) {} }
    try add(experiment.runs)
    let every = Set(experiment.arms.map(\.name))
    try add(
      experiment.furtherRuns(of: every, seeds: experiment.furtherSeeds).filter {
        try folder.state(of: $0) == .finished
      })
    say(
      "\(outcome.total) runs of \(experiment.steps) steps, \(outcome.finished) of them finished, \(jobs) at a time")
    left = TimeLeft(share: Double(outcome.finished) / Double(max(1, outcome.total)))
    work(signals)
    while !outcome.isInterrupted, outcome.failed.isEmpty, try addSeeds() { work(signals) }
    return outcome
  }

  /// Executes what waits.
  private func work(_ signals: () -> Int) {
    while !running.isEmpty || !(waiting.isEmpty || outcome.isInterrupted) {
      collect()
      while heard < signals() {
        heard += 1
        interrupt()
      }
      startMore()
      reportProgress()
      Thread.sleep(forTimeInterval: Self.pollSeconds)
    }
  }

  /// Adds as many seeds as the experiment begins with, for the arms of tests that are undecided.
  /// - Returns: whether there is more to run.
  private func addSeeds() throws -> Bool {
    guard addedSeeds < experiment.furtherSeeds.count else { return false }
    let arms = AcceptanceResults(try ExperimentResults(of: experiment, in: folder)).undecidedArms
    guard !arms.isEmpty else { return false }
    let seeds = experiment.furtherSeeds.dropFirst(addedSeeds).prefix(experiment.seeds.count)
    addedSeeds += seeds.count
    try add(experiment.furtherRuns(of: arms, seeds: seeds))
    if !waiting.isEmpty { say("undecided: \(waiting.count) runs with \(seeds.count) more seeds") }
    return true
  }

  /// Counts runs that are not counted yet, and lets those wait that are not finished.
  private func add(_ runs: [ExperimentRun]) throws {
    var missing: [ExperimentRun] = []
    for run in runs where counted.insert(run.name).inserted {
      outcome.total += 1
      if try folder.state(of: run) == .finished { outcome.finished += 1 } else { missing.append(run) }
    }
    // The last one is next.
    waiting = missing.reversed() + waiting
  }

  private func interrupt() {
    if !outcome.isInterrupted {
      say("stopping: \(running.count) runs write a checkpoint (once more to end them at once)")
    }
    outcome.isInterrupted = true
    for (process, _) in running { process.stop() }
  }

  private func startMore() {
    while !outcome.isInterrupted, hasRoom, let run = waiting.popLast() {
      if let start = run.start, outcome.failed.contains(start.name) {
        outcome.failed.append(run.name)
        say("\(run.name) is skipped: it starts from \(start.name)")
        continue
      }
      do {
        running.append((try RunProcess(run, programs, in: folder), Date()))
      } catch {
        outcome.failed.append(run.name)
        say("\(run.name) cannot be started: \(error)")
      }
    }
  }

  private func reportProgress() {
    guard Date() >= nextProgress else { return }
    nextProgress = Date(timeIntervalSinceNow: Self.progressSeconds)
    let shares = running.map { process, _ in
      let steps: Int = if case .unfinished(let steps)? = try? folder.state(of: process.run) { steps } else { 0 }
      return (name: process.run.name, share: Double(steps) / Double(max(1, process.run.steps)))
    }
    guard !shares.isEmpty else { return }
    let texts = shares.map { "\($0.name) \(Int(saturating: 100 * $0.share)) %" }
    let done = (Double(outcome.finished) + shares.reduce(0) { $0 + $1.share }) / Double(max(1, outcome.total))
    let rest = left?.seconds(share: done).map { "; \(CompactNumber.duration($0)) left" } ?? ""
    say("running: \(texts.joined(separator: ", "))\(rest)")
  }

  /// Whether the next run may start while others are running.
  private var hasRoom: Bool {
    guard let next = waiting.last, !running.isEmpty else { return true }
    // The run that it starts from comes earlier, so it is finished, failed or running.
    if let start = next.start, running.contains(where: { $0.process.run == start }) { return false }
    return next.arm.mode == .serial && running.count < jobs && running.allSatisfy { $0.process.run.arm.mode == .serial }
  }

  private func collect() {
    for (process, since) in running where !process.isRunning { ended(process, since) }
    running.removeAll { !$0.process.isRunning }
  }

  private func ended(_ process: RunProcess, _ since: Date) {
    let run = process.run
    let state = process.status == 0 ? try? folder.state(of: run) : nil
    let last = try? folder.records(of: run).last
    let value = last.flatMap { experiment.measure.value(in: $0) }.map { String(format: "%.3g", $0) } ?? "unknown"
    let result = "\(run.name): \(experiment.measure.rawValue) \(value), \(Int(Date().timeIntervalSince(since))) s"
    if state == .trained, !process.isEvaluation {
      say("\(result); \(experiment.evaluationEpisodes) episodes of evaluation follow")
      waiting.append(run)
    } else if state == .finished {
      outcome.finished += 1
      say(
        "[\(outcome.finished)/\(outcome.total)] " + (process.isEvaluation ? "\(run.name): evaluated" : result))
    } else if outcome.isInterrupted {
      say("\(run.name) was interrupted")
    } else {
      outcome.failed.append(run.name)
      let lines = process.lastLines(Self.shownLines).map { "  | \($0)" }
      say(
        (["\(run.name) FAILED with status \(process.status); see \(folder.log(of: run))"] + lines).joined(
          separator: "\n"))
    }
  }
}
