import ArgumentParser
import Environments
import Evaluation
import Foundation

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Play seeded episodes with a trained policy: returns, success and the game's facts, with intervals.")

  @Argument(help: ArgumentHelp("A run directory, or the folder of a checkpoint in one.", valueName: "run|checkpoint"))
  var target: String

  @Option(help: "Episodes to play; the same ones for every policy.")
  var episodes = PolicyEvaluation().episodes

  @Option(help: "Seeds the episodes' worlds and actions. The same seed prints the same table.")
  var seed = PolicyEvaluation().seed

  @Flag(help: "Take the likeliest action instead of drawing one.")
  var greedy = false

  @Option(help: "Threads to play on (0: one a core). The table does not depend on it.")
  var threads = 0

  @Option(help: ArgumentHelp("Compare with this policy on the same episodes.", valueName: "run|checkpoint"))
  var against: String?

  @Option(help: ArgumentHelp("Write the report and every episode here, as JSON.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("The folder of libnethack.so and nhdat.", valueName: "dir"))
  var nethack = EnvironmentOptions(task: "").netHackDirectory

  func validate() throws {
    guard episodes > 0, threads >= 0 else { throw ValidationError("--episodes is 1 or more, --threads 0 or more.") }
  }

  func run() throws {
    try reportingFailure {
      let report = try evaluate(target)
      guard let against else { return try show(report.table, report) }
      let comparison = try EvaluationComparison(report, against: try evaluate(against))
      try show(comparison.table, comparison)
    }
  }

  private func evaluate(_ target: String) throws -> EvaluationReport {
    let policy = try PolicyUnderTest(target, netHackDirectory: nethack)
    for warning in policy.warnings { FileHandle.standardError.write(Data("\(warning)\n".utf8)) }
    var evaluation = PolicyEvaluation()
    (evaluation.episodes, evaluation.seed) = (episodes, seed)
    (evaluation.isGreedy, evaluation.threads) = (greedy, threads)
    return EvaluationReport(policy, evaluation, try evaluation.play(policy))
  }

  private func show(_ table: String, _ result: some Encodable) throws {
    print(table, terminator: "")
    guard let json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(result).write(to: URL(fileURLWithPath: json))
  }
}
