import ArgumentParser
import Evaluation
import Experiments
import Foundation
import NetHack
import Runtime
import Transport

struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Compare configurations: several arms with several seeds each, at equal numbers of environment steps.",
    subcommands: [ExperimentRunCommand.self, ExperimentReportCommand.self, ExperimentListCommand.self])
}

/// An experiment and the folder of its runs and results.
struct ExperimentTarget: ParsableArguments {
  @Argument(help: "Name of an experiment in cluster/experiments, or path of its file.")
  var name: String

  @Flag(help: "Use the version of the experiment that shows in a minute that everything works: its section [smoke].")
  var smoke = false

  @Flag(
    help: "Use the small version: the arms that acceptance tests compare, with steps and seeds of the section [small].")
  var small = false

  @Option(help: ArgumentHelp("Folder for runs and results (default: experiments/NAME).", valueName: "dir"))
  var out: String?

  @Flag(help: "Write the plots as PNG too, with rsvg-convert or ffmpeg.")
  var png = false

  func load() throws -> (experiment: Experiment, folder: ExperimentFolder) {
    let experiment = try ExperimentFile.load(name, size: smoke ? .smoke : small ? .small : .full)
    return (experiment, ExperimentFolder(path: out ?? "experiments/\(experiment.name)"))
  }
}

struct ExperimentRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run what is missing of an experiment, then write the report.",
    discussion: "Exit status 1: a run failed or was interrupted. The same command resumes the experiment.")

  @OptionGroup var target: ExperimentTarget

  @Option(help: "Number of simultaneous runs (default: one for each usable core). Runs in cluster mode run alone.")
  var jobs: Int?

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack = NetHackTasks.standardDirectory

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1.") }
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
      let report = try ExperimentReport(of: experiment, in: folder, version: tenguVersion)
      try report.write(pictures: target.png)
      for verdict in report.verdicts { print(verdict) }
      print("\(outcome.finished) of \(outcome.total) runs are finished; see \(folder.report)")
      if !outcome.failed.isEmpty { print("failed: \(outcome.failed.joined(separator: ", "))") }
      if outcome.isInterrupted { print("interrupted; the same command resumes the experiment") }
      if outcome.finished < outcome.total { throw ExitCode(1) }
    }
  }
}

struct ExperimentReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write tables and plots of the finished runs.")

  @OptionGroup var target: ExperimentTarget

  func run() throws {
    try reportingFailure {
      let (experiment, folder) = try target.load()
      try ExperimentReport(of: experiment, in: folder, version: tenguVersion).write(pictures: target.png)
      print(folder.report)
    }
  }
}

struct ExperimentListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the experiments in cluster/experiments.")

  @Flag(help: "Print a JSON array.")
  var json = false

  private struct Line: Encodable {
    let name: String
    let title: String
    let arms: Int
    let seeds: Int
    let steps: Int
  }

  func run() throws {
    try reportingFailure {
      if json {
        return try printJSON(
          ExperimentFile.all().map {
            Line(name: $0.name, title: $0.title, arms: $0.arms.count, seeds: $0.seeds.count, steps: $0.steps)
          })
      }
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
