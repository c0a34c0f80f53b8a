import ArgumentParser
import Environments
import Evaluation
import Experiments
import Foundation
import Runtime
import Transport

struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Compare configurations: several arms, each with several seeds, at equal environment steps.",
    subcommands: [ExperimentRunCommand.self, ExperimentReportCommand.self, ExperimentListCommand.self])
}

/// Which experiment, and where its runs and results are.
struct ExperimentTarget: ParsableArguments {
  @Argument(help: "The name of an experiment in cluster/experiments, or a file.")
  var name: String

  @Flag(help: "The small version of the experiment, as its [smoke] has it.")
  var smoke = false

  @Option(help: ArgumentHelp("Runs and results go here (default: experiments/NAME).", valueName: "dir"))
  var out: String?

  func load() throws -> (experiment: Experiment, folder: ExperimentFolder) {
    let experiment = try ExperimentFile.load(name, smoke: smoke)
    return (experiment, ExperimentFolder(path: out ?? "experiments/\(experiment.name)"))
  }
}

struct ExperimentRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Make the runs that are missing, then the report. Exit status 1: a run failed or was interrupted.")

  @OptionGroup var target: ExperimentTarget

  @Option(help: "Runs at a time (default: one a core). Runs that are clusters go alone.")
  var jobs: Int?

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack = EnvironmentOptions(task: "").netHackDirectory

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs is 1 or more.") }
  }

  func run() throws {
    try reportingFailure {
      let (experiment, folder) = try target.load()
      Interruption.watch()
      let programs = ExperimentPrograms(tengu: ownProgram, netHack: nethack)
      let runner = ExperimentRunner(experiment, in: folder, programs, jobs: jobs) {
        FileHandle.standardError.write(Data("\($0)\n".utf8))
      }
      let outcome = try runner.run()
      try ExperimentReport(of: experiment, in: folder, version: tenguVersion).write()
      print("\(outcome.finished) of \(experiment.runs.count) runs are finished; see \(folder.report)")
      if !outcome.failed.isEmpty { print("failed: \(outcome.failed.joined(separator: ", "))") }
      if outcome.isInterrupted { print("interrupted; the same command goes on") }
      if outcome.finished < experiment.runs.count { throw ExitCode(1) }
    }
  }
}

struct ExperimentReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write tables and plots of the runs that are finished.")

  @OptionGroup var target: ExperimentTarget

  func run() throws {
    try reportingFailure {
      let (experiment, folder) = try target.load()
      try ExperimentReport(of: experiment, in: folder, version: tenguVersion).write()
      print(folder.report)
    }
  }
}

struct ExperimentListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the experiments there are.")

  func run() throws {
    try reportingFailure {
      var rows = [["experiment", "arms", "seeds", "steps", "title"]]
      for experiment in try ExperimentFile.all() {
        rows.append([
          experiment.name, "\(experiment.arms.count)", "\(experiment.seeds.count)", "\(experiment.steps)",
          experiment.title,
        ])
      }
      print(TextTable(rows, textColumns: [0, 4]).markdown)
    }
  }
}
