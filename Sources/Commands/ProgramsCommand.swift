import Annotator
import ArgumentParser
import Assembly
import Configuration
import Foundation
import RewardDesign
import RewardPrograms
import Runtime

struct ProgramsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "programs",
    abstract: "Check reward programs, and have a language model write them; reward.model = \"program\" pays by one.",
    subcommands: [ProgramsCheck.self, ProgramsWrite.self])
}

/// The task that a program pays, and the random play that it is tried on.
struct ProgramTask: ParsableArguments {
  @Option(help: "A configuration file in TOML, such as cluster/configs/nethack-score.toml.")
  var config: String?

  @Option(help: "Number of steps of random play that a program is tried on.")
  var steps = 5000

  @Option(help: "Seed of that play.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("The folder that holds libnethack.so and nhdat.", valueName: "dir"))
  var nethack: String?

  @Option(name: .customLong("set"), help: "A field to override, as section.field=value; may be repeated.")
  var overrides: [String] = []

  func validate() throws {
    guard (100...1_000_000).contains(steps) else { throw ValidationError("--steps is a number from 100 to 1000000") }
  }

  func load() throws -> (plan: RunPlan, sample: ProgramSample, schema: ProgramSchema) {
    let configuration = try Registries.standard.configuration(file: config, overrides: overrides)
    let folder = nethack ?? ProcessInfo.processInfo.environment["TENGU_NETHACK"]
    let plan = try RunPlan(configuration, netHackDirectory: folder)
    let sample = try ProgramSample(plan, steps: steps, seed: seed)
    return (plan, sample, ProgramSchema(ofTask: plan.specification.observation))
  }
}

struct ProgramsCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compile a program and try it on random play: what share of the steps it pays, and for which captions.",
    discussion: "Exit status 1: the program must not be used; the reason is printed.")

  @Argument(help: "The program's file.")
  var file: String

  @OptionGroup var task: ProgramTask

  @Option(help: "Number of captions to print, those with the largest sums first.")
  var captions = 10

  func run() throws {
    try reportingFailure {
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let (_, sample, schema) = try task.load()
      let program: RewardProgram
      do {
        program = try RewardProgram(text, schema)
      } catch {
        throw ConfigurationError(["\(file): \(error)"])
      }
      let (trial, paid) = sample.trial(program)
      print(
        "\(trial.steps) steps of random play: \(trial.paid) paid, from \(trial.least) to \(trial.greatest), mean "
          + String(format: "%.4f", trial.sum / Double(max(1, trial.steps))))
      let rows = paid.prefix(captions).map { [String(format: "%.2f", $0.paid), "\($0.steps)", $0.text] }
      print(TextTable([["paid", "steps", "caption"]] + rows, textColumns: [2]).plain)
      if let problem = trial.problem {
        print("not usable: \(problem)")
        throw ExitCode(1)
      }
    }
  }
}

struct ProgramsWrite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write",
    abstract: "Have a language model write a program.",
    discussion: """
      The model is told the language, the observations and frequent captions, and what is wrong with each text that it \
      writes, until a program can be used. Exit status 1: none could.

      Example: tengu programs write kills.program --config cluster/configs/nethack-score.toml --goal "win fights" \
      --llm-url http://127.0.0.1:8080
      """)

  @Argument(help: "The file to write.")
  var file: String

  @OptionGroup var task: ProgramTask
  @OptionGroup var server: LanguageModelArguments

  @Option(help: "What the player is to achieve, in words.")
  var goal: String

  @Option(help: "Texts that the model may write until it is given up.")
  var attempts = 8

  @Option(help: "Sampling temperature.")
  var temperature = 0.7

  @Option(help: ArgumentHelp("An earlier program that is to be improved.", valueName: "file"))
  var from: String?

  @Option(help: "What came of the earlier program, in words.")
  var feedback: String?

  private static let shownCaptions = 30

  func validate() throws {
    if !server.namesModel {
      throw ValidationError("writing needs a model; give its server with --llm-url, or its file with --llm-file.")
    }
    guard (1...1000).contains(attempts) else { throw ValidationError("--attempts is a number from 1 to 1000") }
    if feedback != nil, from == nil { throw ValidationError("--feedback is about the program of --from") }
  }

  func run() throws {
    try reportingFailure {
      let (plan, sample, schema) = try task.load()
      var section = server.applied(to: LanguageModelSection())
      section.requestSeconds = 600
      let model = try JudgeFactory(section, isLayered: false, log: { _ in }).model
      let assignment = ProgramAssignment(
        goal: goal, task: plan.specification.name, captions: sample.commonCaptions(Self.shownCaptions),
        earlier: try from.map { try String(contentsOfFile: $0, encoding: .utf8) }, feedback: feedback)
      let writer = ProgramWriter(model, schema, attempts: attempts, temperature: temperature)
      let program = try blocking {
        try await writer.write(assignment, sample: sample) { attempt in
          let text = attempt.text.split(separator: "\n").map { "  | \($0)" }.joined(separator: "\n")
          FileHandle.standardError.write(
            Data("\(text.printableLines)\n\(attempt.problem.map { "refused: \($0)" } ?? "accepted")\n".utf8))
        }
      }
      guard let program else {
        print("none of \(attempts) texts is a program that can be used")
        throw ExitCode(1)
      }
      try PosixFileSystem().replace(file, with: Array("\(program.text)\n".utf8))
      let trial = sample.trial(program).trial
      print("\(file): pays \(trial.paid) of \(trial.steps) steps of random play")
    }
  }
}

extension String {
  /// Lines of printable characters.
  fileprivate var printableLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
  }
}
