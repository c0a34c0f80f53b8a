import Checkpoints
import Configuration
import Foundation
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Learner

/// Evaluations of a run that trains, played by shell scripts.
struct TrainingEvaluationTests {
  private let folder: TemporaryDirectory
  private let run: String
  private let store: CheckpointStore
  private let log: LogWriter

  init() throws {
    folder = try TemporaryDirectory()
    run = folder.path
    store = try CheckpointStore(directory: folder.url.appending(path: "checkpoints"), keep: 1)
    log = try LogWriter(file: folder.path + "/log", stream: nil)
  }

  private var logText: String { (try? String(contentsOfFile: run + "/log", encoding: .utf8)) ?? "" }

  /// A checkpoint of one number.
  private func save(_ step: Int) throws -> String {
    let tensor = NamedTensor("policy.w", [Float(step)])
    return try store.save(step: step, policyVersion: UInt64(step), tensors: [tensor]).path
  }

  /// - Parameter script: the evaluator; `$1` is the folder of the checkpoint.
  private func evaluation(_ script: String, at step: Int = 0, waits: Bool = true) throws -> TrainingEvaluation {
    var section = EvaluationSection()
    (section.everySteps, section.episodes) = (100, 3)
    let evaluator = Evaluator(ProgramCall("/bin/sh", ["-c", script, "sh"]))
    return try #require(try TrainingEvaluation(section, evaluator, run: run, step: step, waits: waits, log: log))
  }

  /// A script that reports a return for each step, and records an episode.
  private func reports(_ returns: [Int: Double]) -> String {
    let cases = returns.map { "*step-\(String(repeating: "0", count: 12 - "\($0)".count))\($0)) s=\($0) r=\($1) ;;" }
    return """
      case $1 in \(cases.joined(separator: " ")) esac
      printf '{"step":%d,"version":7,"lines":[{"measure":"return","summary":{"mean":%s,"meanInterval":\
      {"lower":1,"upper":2}}}],"episodes":[{"episode":0},{"episode":1}]}' $s $r > $1/report.json
      echo '{}' > $1/episode-0.json
      """
  }

  @Test func aDueCheckpointIsEvaluatedAndTheBestOneIsKept() throws {
    let evaluation = try evaluation(reports([100: 1.5, 200: 1.25, 300: 4]))
    for step in [50, 100, 150, 200] { evaluation.saved(step: step, path: try save(step), now: 1) }
    #expect(evaluation.state.finished == 2 && evaluation.state.failed == 0)
    #expect(evaluation.state.latest?.step == 200 && evaluation.state.latest?.returnMean == 1.25)
    #expect(evaluation.state.latest?.episodes == 2 && evaluation.state.latest?.returnHigh == 2)
    #expect(evaluation.state.best?.step == 100)
    // The store keeps one checkpoint; the best one is whole all the same, and can be resumed from.
    #expect(try store.steps() == [200])
    #expect(try CheckpointStore.load(path: run + "/best").step == 100)
    evaluation.saved(step: 300, path: try save(300), now: 1)
    #expect(try CheckpointStore.load(path: run + "/best").tensor("policy.w").values(as: Float.self) == [300])
    let files = PosixFileSystem()
    #expect(files.exists(run + "/best/episode-0.json"))
    #expect(try files.names(in: run + "/evaluations/step-000000000300").sorted() == ["episode-0.json", "report.json"])
    let curve = EvaluationResult.read(lines: try String(contentsOfFile: run + "/evaluations.jsonl", encoding: .utf8))
    #expect(curve.map(\.returnMean) == [1.5, 1.25, 4])
    #expect(evaluation.state.metrics[.evaluationBestStep] == 300)
    #expect(evaluation.state.metrics[.evaluationReturn] == 4)
  }

  @Test func anEvaluationThatIsTooSlowIsSkippedAndCounted() throws {
    let evaluation = try evaluation("exec sleep 600", waits: false)
    evaluation.saved(step: 100, path: try save(100), now: 1)
    #expect(evaluation.isRunning && evaluation.state.runningStep == 100)
    evaluation.saved(step: 200, path: try save(200), now: 8)
    evaluation.saved(step: 250, path: try save(250), now: 9)
    #expect(evaluation.state.skipped == 1 && evaluation.state.metrics[.evaluationsSkipped] == 1)
    #expect(logText.contains("the evaluation of step 200 is skipped: that of step 100 has run for 7 s"))
    // The store has removed the checkpoint that is being played.
    #expect(try CheckpointStore.load(path: run + "/evaluations/step-000000000100").step == 100)
    evaluation.stop()
    #expect(!evaluation.isRunning && evaluation.state.failed == 0)
    #expect(try PosixFileSystem().names(in: run + "/evaluations").isEmpty)
  }

  @Test(arguments: [
    ("echo the game is missing >&2; exit 3", "ended with status 3: the game is missing"),
    ("exit 0", "report.json"), ("echo '{}' > $1/report.json", "is not the report of an evaluation"),
    (
      "echo '{\"step\":1,\"version\":1,\"lines\":[],\"episodes\":[]}' > $1/report.json", "is about step 1, not 100"
    ),
    (
      "echo '{\"step\":100,\"version\":1,\"lines\":[],\"episodes\":[]}' > $1/report.json", "has no finite return"
    ),
  ])
  func anEvaluationWithoutAResultIsCounted(script: String, reason: String) throws {
    let evaluation = try evaluation(script)
    evaluation.saved(step: 100, path: try save(100), now: 1)
    #expect(evaluation.state.failed == 1 && evaluation.state.finished == 0 && evaluation.state.latest == nil)
    #expect(logText.contains("step 100 was not evaluated") && logText.contains(reason), "\(logText)")
    #expect(!PosixFileSystem().exists(run + "/best"))
    #expect(try PosixFileSystem().names(in: run + "/evaluations").isEmpty)
  }

  @Test func aProgramThatIsMissingCostsNoRun() throws {
    var section = EvaluationSection()
    section.everySteps = 100
    let evaluator = Evaluator(ProgramCall("/nowhere/tengu"))
    let evaluation = try #require(
      try TrainingEvaluation(section, evaluator, run: run, step: 0, waits: true, log: log))
    evaluation.saved(step: 100, path: try save(100), now: 1)
    #expect(evaluation.state.failed == 1)
    evaluation.saved(step: 200, path: run + "/checkpoints/step-000000000999", now: 1)
    #expect(evaluation.state.failed == 2)
  }

  @Test func aResumedRunContinuesTheCurve() throws {
    let script = reports([100: 3, 200: 5, 300: 4])
    let first = try evaluation(script)
    for step in [100, 200] { first.saved(step: step, path: try save(step), now: 1) }
    let resumed = try evaluation(script, at: 250)
    #expect(resumed.state.best?.step == 200 && resumed.state.latest?.step == 200 && resumed.state.finished == 0)
    resumed.saved(step: 290, path: try save(290), now: 1)
    #expect(resumed.state.finished == 0)
    resumed.saved(step: 300, path: try save(300), now: 1)
    #expect(resumed.state.finished == 1 && resumed.state.best?.step == 200)
    // From an earlier step on, the best checkpoint of the abandoned steps is set aside.
    let earlier = try evaluation(script, at: 120)
    #expect(earlier.state.best?.step == 100)
    #expect(!PosixFileSystem().exists(run + "/best"))
    #expect(try CheckpointStore.load(path: run + "/aside-best-step-200").step == 200)
    earlier.saved(step: 200, path: try save(200), now: 1)
    #expect(try CheckpointStore.load(path: run + "/best").step == 200)
    let curve = EvaluationResult.read(lines: try String(contentsOfFile: run + "/evaluations.jsonl", encoding: .utf8))
    #expect(curve.map(\.step) == [100, 200])
  }

  /// Every moment at which the power may fail while the best checkpoint is replaced leaves one of the two.
  @Test func aReplacementThatWasInterruptedIsRepaired() throws {
    let first = try evaluation(reports([100: 3]))
    first.saved(step: 100, path: try save(100), now: 1)
    try FileManager.default.moveItem(atPath: run + "/best", toPath: run + "/.best-previous")
    _ = try evaluation("exit 1", at: 100)
    #expect(try CheckpointStore.load(path: run + "/best").step == 100)
    try FileManager.default.copyItem(atPath: run + "/best", toPath: run + "/.best-previous")
    try FileManager.default.copyItem(atPath: run + "/best", toPath: run + "/.best-next")
    _ = try evaluation("exit 1", at: 100)
    #expect(try PosixFileSystem().names(in: run).filter { $0.hasPrefix(".best") }.isEmpty)
  }

  /// An evaluation that training waits for takes nothing from it; any other runs in the time that training leaves.
  @Test func onlyAnEvaluationThatNobodyAwaitsHasLowPriority() {
    let options = Evaluator.Options(everySteps: 1, episodes: 2, seed: 3, isGreedy: true, threads: 4)
    let evaluator = Evaluator(ProgramCall("tengu", ["eval"]))
    func arguments(isAwaited: Bool) -> [String] {
      evaluator.call(options, place: "p", report: "r", isAwaited: isAwaited).arguments
    }
    #expect(arguments(isAwaited: true).prefix(4) == ["eval", "p", "--episodes", "2"])
    #expect(arguments(isAwaited: true).contains("--greedy") && !arguments(isAwaited: true).contains("--low-priority"))
    #expect(arguments(isAwaited: false) == arguments(isAwaited: true) + ["--low-priority"])
  }

  @Test func aRunWithoutEvaluationsHasNone() throws {
    let evaluator = Evaluator(ProgramCall("/bin/true"))
    #expect(try TrainingEvaluation(EvaluationSection(), evaluator, run: run, step: 0, waits: true, log: log) == nil)
    var section = EvaluationSection()
    section.everySteps = 100
    #expect(try TrainingEvaluation(section, nil, run: run, step: 0, waits: true, log: log) == nil)
    #expect(!PosixFileSystem().exists(run + "/evaluations"))
  }

  @Test func linesThatCannotBeReadArePassedOver() {
    let line = "{\"time\":1,\"step\":5,\"version\":1,\"episodes\":2,\"returnMean\":1,\"seconds\":1}"
    let results = EvaluationResult.read(lines: "\(line)\nhalf\n{\"step\":-1}\n\(line)\n{\"ste")
    #expect(results.map(\.step) == [5])
    #expect(EvaluationResult.best(of: []) == nil)
  }
}
