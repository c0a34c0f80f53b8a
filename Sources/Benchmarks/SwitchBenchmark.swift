import Assembly
import Configuration

/// What each method costs the learner: frames per CPU second of a step with it (rewards and update of 1024 frames, one
/// thread), beside the plain step with the retrieval reward. NetHack where it is there, else CaptionGrid.
public enum SwitchBenchmark {
  public static let group = "switches"
  /// B.
  private static let columns = 32

  /// - Parameters:
  ///   - only: parts of the names of the methods to measure; empty = all.
  ///   - show: called with each measurement as soon as there is one.
  /// - Throws: `BenchmarkError` if no method has such a name.
  public static func run(
    _ settings: BenchmarkSettings, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let cases = SwitchCase.all.filter { only.isEmpty || only.contains(where: $0.name.contains) }
    guard !cases.isEmpty else {
      throw BenchmarkError(
        "no method is called so; there are: \(SwitchCase.all.map(\.name).joined(separator: ", "))")
    }
    let (task, subject) = try subject(settings)
    return try cases.map { item in
      let measurement = try measure(item, task: task, subject, settings)
      show(measurement)
      return measurement
    }
  }

  /// The task that is played on this machine, and what was played of it.
  private static func subject(_ settings: BenchmarkSettings) throws -> (task: String, NetworkUnderTest) {
    func played(_ task: String) throws -> (String, NetworkUnderTest) {
      (task, try NetworkUnderTest(plan(task, [], settings), rows: columns))
    }
    do {
      return try played("NetHackScoreExtended")
    } catch {
      _ = try reasonToSkip(error)
      return try played("CaptionGrid")
    }
  }

  private static func plan(_ task: String, _ overrides: [String], _ settings: BenchmarkSettings) throws -> RunPlan {
    try RunPlan(
      RunConfiguration.load(file: nil, overrides: ["environment.task=\(task)"] + overrides),
      netHackDirectory: settings.netHackDirectory)
  }

  private static func measure(
    _ item: SwitchCase, task: String, _ subject: NetworkUnderTest, _ settings: BenchmarkSettings
  ) throws -> Measurement {
    let plain = try LearnerStepUnderTest(plan(task, [], settings), from: subject)
    let switched = try LearnerStepUnderTest(plan(task, item.overrides, settings), from: subject)
    func rate(_ step: LearnerStepUnderTest) throws -> Double {
      try Double(subject.framesPerUpdate) / Stopwatch.cpuSecondsPerCall(settings.seconds, step.run)
    }
    // The first steps touch all memory for the first time.
    try plain.run()
    try switched.run()
    let rounds = try settings.alternate { _ in
      try rate(switched)
    } _: { _ in
      try rate(plain)
    }
    var measurement = Measurement(group, item.name, unit: "frames/CPU s", rounds: rounds.ours)
    measurement.setBeside("plain", rounds: rounds.theirs)
    return measurement
  }
}
