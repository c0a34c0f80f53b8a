import Configuration
import Foundation
import TestSupport
import Testing

@testable import Experiments

/// A stand-in for the program: it notes that it was called, and writes what a run would, or fails.
@Suite struct ExperimentRunnerTests {
  private let folder: TemporaryDirectory
  private let experiment: Experiment
  private let output: ExperimentFolder

  init() throws {
    folder = try TemporaryDirectory()
    experiment = try Sample.experiment(in: folder)
    output = ExperimentFolder(path: "\(folder.path)/out")
    for run in experiment.runs { try folder.write(try run.configuration().tomlText(), to: "\(run.name).config") }
    let program = """
      #!/bin/sh
      here=$(dirname "$0")
      command=$1
      while [ $# -gt 0 ]; do
        case $1 in --json) json=$2 ;; --name) name=$2 ;; --runs) runs=$2 ;; run.steps=*) steps=${1#*=} ;; esac
        shift
      done
      if [ "$command" = eval ]; then
        echo "eval" >>"$here/calls"
        cp "$here/evaluation" "$json"
        exit
      fi
      echo "$name" >>"$here/calls"
      mkdir -p "$runs/$name"
      cp "$here/$name.config" "$runs/$name/config.toml"
      if [ -e "$here/waits" ]; then
        trap 'echo "stopped" >>"$here/calls"; exit 0' TERM
        echo '{"time":1,"step":10}' >"$runs/$name/metrics.jsonl"
        touch "$here/is-waiting"
        while :; do sleep 0.02; done
      fi
      if [ -e "$here/fails-$name" ]; then echo "tengu: out of paper" >&2; exit 3; fi
      value=0.5
      if [ -e "$here/value-$name" ]; then value=$(cat "$here/value-$name"); fi
      echo "{\\"time\\":1,\\"step\\":$steps,\\"episode/success_rate\\":$value}" >"$runs/$name/metrics.jsonl"
      """
    try folder.write(program, to: "tengu")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder.path)/tengu")
  }

  private final class Lines {
    var all: [String] = []
  }

  private func run(
    jobs: Int = 2, signals: () -> Int = { 0 }
  ) throws -> (outcome: ExperimentRunner.Outcome, lines: [String]) {
    let lines = Lines()
    let runner = ExperimentRunner(
      experiment, in: output, ExperimentPrograms(tengu: "\(folder.path)/tengu", netHack: "nowhere"), jobs: jobs
    ) { lines.all.append($0) }
    return (try runner.run(signals: signals), lines.all)
  }

  private func calls() -> [String] {
    ((try? folder.read("calls")) ?? "").split(separator: "\n").map(String.init).sorted()
  }

  @Test func everyRunIsMadeOnce() throws {
    #expect(try run().outcome == ExperimentRunner.Outcome(total: 4, finished: 4))
    #expect(calls() == ["paid-s1", "paid-s2", "plain-s1", "plain-s2"])
    #expect(try run().outcome == ExperimentRunner.Outcome(total: 4, finished: 4))
    #expect(calls().count == 4)
  }

  @Test func aFailureIsNamedAndTheRestGoesOn() throws {
    try folder.write("", to: "fails-plain-s1")
    let (outcome, lines) = try run(jobs: 1)
    #expect(outcome == ExperimentRunner.Outcome(total: 4, finished: 3, failed: ["plain-s1"]))
    #expect(lines.contains { $0.contains("plain-s1 FAILED with status 3") && $0.contains("out of paper") })
    try FileManager.default.removeItem(atPath: "\(folder.path)/fails-plain-s1")
    #expect(try run().outcome == ExperimentRunner.Outcome(total: 4, finished: 4))
    #expect(calls() == ["paid-s1", "paid-s2", "plain-s1", "plain-s1", "plain-s2"])
  }

  @Test func aSignalStopsTheRunsAndTheNextInvocationGoesOn() throws {
    try folder.write("", to: "waits")
    let waiting = "\(folder.path)/is-waiting"
    let (outcome, _) = try run(jobs: 1) { FileManager.default.fileExists(atPath: waiting) ? 1 : 0 }
    #expect(outcome == ExperimentRunner.Outcome(total: 4, isInterrupted: true))
    #expect(calls() == ["plain-s1", "stopped"])
    try FileManager.default.removeItem(atPath: "\(folder.path)/waits")
    #expect(try run().outcome == ExperimentRunner.Outcome(total: 4, finished: 4))
  }

  @Test func finalPoliciesAreEvaluatedOnce() throws {
    let evaluated = try Sample.experiment(in: folder) { "evaluate = 3\n" + $0 }
    try folder.write(Sample.evaluation(score: 7), to: "evaluation")
    func run() throws -> ExperimentRunner.Outcome {
      try ExperimentRunner(
        evaluated, in: output, ExperimentPrograms(tengu: "\(folder.path)/tengu", netHack: "nowhere"), jobs: 1
      ) { _ in }.run { 0 }
    }
    #expect(try run() == ExperimentRunner.Outcome(total: 4, finished: 4))
    #expect(calls().filter { $0 == "eval" }.count == 4 && calls().count == 8)
    let evaluation = output.evaluationFile(of: evaluated.runs[1])
    try FileManager.default.removeItem(atPath: evaluation)
    #expect(try run() == ExperimentRunner.Outcome(total: 4, finished: 4))
    #expect(calls().filter { $0 == "eval" }.count == 5 && calls().count == 9)
    let result = try #require(try ExperimentResults(of: evaluated, in: output).runs.first)
    #expect(result.evaluation?.lines.last?.summary.mean == 7)
    try Data("torn".utf8).write(to: URL(fileURLWithPath: evaluation))
    let error = #expect(throws: ConfigurationError.self) { try ExperimentResults(of: evaluated, in: output) }
    #expect(error?.description.contains(evaluation) == true)
  }

  /// A serial run is evaluated on one thread, since others may be running; a cluster runs alone, and so does its evaluation.
  @Test(arguments: [("serial", "1"), ("cluster", "0")]) func anEvaluationTakesTheRunsCores(
    mode: String, threads: String
  )
    throws
  {
    let evaluated = try Sample.experiment(in: folder) { "evaluate = 3\nmode = \"\(mode)\"\n" + $0 }
    let programs = ExperimentPrograms(tengu: "/bin/tengu", netHack: "/games")
    let command = RunProcess.evaluation(of: evaluated.runs[0], programs, in: output)
    #expect(command.arguments.starts(with: ["eval", output.directory(of: evaluated.runs[0]), "--episodes", "3"]))
    #expect(command.arguments[4...5] == ["--threads", threads])
  }

  @Test func runsOfAnotherConfigurationAreRefused() throws {
    _ = try run()
    let other = experiment.runs[0].name
    try folder.write(
      try folder.read("\(other).config").replacing("learning_rate = 0.001", with: "learning_rate = 0.002"),
      to: "out/runs/\(other)/config.toml")
    let error = #expect(throws: ConfigurationError.self) { try run() }
    #expect(error?.description.contains("learner.learning_rate = 0.001, was 0.002") == true)
  }

  /// The first two seeds disagree, so two more are needed, and then two more, of the arms of that test alone.
  @Test(arguments: [("0.9", "passed"), ("0.1", "undecided")])
  func undecidedTestsGetMoreSeeds(later: String, verdict: String) throws {
    let tested = try Sample.experiment(in: folder) {
      "maximum_seeds = 6\n" + $0 + "\n[[arm]]\nname = \"other\"\n" + Sample.test("paid", against: "plain", atLeast: 0)
    }
    for run in tested.runs + tested.furtherRuns(of: ["plain", "paid"], seeds: tested.furtherSeeds) {
      try folder.write(try run.configuration().tomlText(), to: "\(run.name).config")
    }
    try folder.write("0.3", to: "value-paid-s1")
    for seed in [2, 3, 4] { try folder.write("0.9", to: "value-paid-s\(seed)") }
    for seed in [5, 6] { try folder.write(later, to: "value-paid-s\(seed)") }
    let programs = ExperimentPrograms(tengu: "\(folder.path)/tengu", netHack: "nowhere")
    let outcome = try ExperimentRunner(tested, in: output, programs, jobs: 2) { _ in }.run { 0 }
    #expect(outcome.total == 6 + 4 + 4 && outcome.finished == outcome.total)
    #expect(calls().filter { $0.hasPrefix("other") } == ["other-s1", "other-s2"])
    let lines = AcceptanceResults(try ExperimentResults(of: tested, in: output)).lines
    #expect(lines.map(\.values.count) == [6] && lines[0].verdict?.rawValue == verdict)
    // What is finished is not repeated.
    let count = calls().count
    #expect(try ExperimentRunner(tested, in: output, programs, jobs: 2) { _ in }.run { 0 } == outcome)
    #expect(calls().count == count)
  }

  @Test func onlyOneExperimentGoesInAFolder() throws {
    let lock = try output.prepare(for: experiment)
    #expect(throws: ConfigurationError.self) { try run() }
    withExtendedLifetime(lock) {}
  }

  /// A new run begins with the other one's newest checkpoint, and an interrupted one with its own.
  @Test func aRunStartsFromAnothersCheckpoint() throws {
    let started = try Sample.experiment(in: folder) { $0 + "\nstart = \"plain\"" }
    #expect(throws: (any Error).self) { try output.checkpoint(of: started.runs[0]) }
    for step in ["step-000000000512", "step-000000001024"] {
      try folder.write("", to: "out/runs/plain-s1/checkpoints/\(step)/manifest.json")
    }
    let checkpoint = try output.checkpoint(of: started.runs[0])
    #expect(checkpoint.hasSuffix("plain-s1/checkpoints/step-000000001024"))
    let command = RunProcess.command(
      started.runs[1], ExperimentPrograms(tengu: "/bin/tengu", netHack: "/games"), runs: "/out/runs", start: checkpoint)
    #expect(command.arguments.contains(checkpoint) && !command.arguments.contains("auto"))
  }

  @Test func whatStartsFromAFailedRunIsLeftOut() throws {
    let started = try Sample.experiment(in: folder) { $0 + "\nstart = \"plain\"" }
    try folder.write("", to: "fails-plain-s1")
    try folder.write("", to: "out/runs/plain-s2/checkpoints/step-000000001024/manifest.json")
    let lines = Lines()
    let runner = ExperimentRunner(
      started, in: output, ExperimentPrograms(tengu: "\(folder.path)/tengu", netHack: "nowhere"), jobs: 2
    ) { lines.all.append($0) }
    let outcome = try runner.run(signals: { 0 })
    #expect(outcome.failed.sorted() == ["paid-s1", "plain-s1"] && outcome.finished == 2)
    #expect(lines.all.contains("paid-s1 is skipped: it starts from plain-s1"))
  }

  @Test func clustersAreLaunched() throws {
    var clustered = experiment.runs[1]
    clustered = ExperimentRun(
      experiment: experiment,
      arm: ExperimentArm(
        name: "paid", title: "", mode: .cluster, overrides: ["annotator.kind=llm"], steps: nil, start: nil,
        launchArguments: ["--workers", "2"]),
      seed: 4)
    let command = RunProcess.command(
      clustered, ExperimentPrograms(tengu: "/bin/tengu", netHack: "/games"), runs: "/out/runs")
    #expect(command.program == "scripts/launch.sh")
    #expect(
      command.arguments.dropFirst().prefix(8) == [
        "--arm", "--name", "paid-s4", "--resume", "auto", "--workers", "2", "annotator.kind=llm",
      ])
    #expect(command.environment["TENGU_RUNS"] == "/out/runs" && command.environment["TENGU_NETHACK"] == "/games")
  }
}
