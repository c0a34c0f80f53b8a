import ArgumentParser
import Foundation
import Runtime
import TextPolicy
import TextTasks
import TextTraining

/// `tengu text train`: one policy on one task, with a checkpoint that holds its archive.
struct TextTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a text policy by GRPO on a task, from demonstrations or from a checkpoint.",
    discussion: """
      Example: tengu text train chain --difficulty 3 --reward flipped:0.2 --out runs/text/policies.safetensors

      The file holds the policies "initial" (after the demonstrations), "previous" (at the second last measurement) and \
      "current". With an existing file, training continues from "current".
      """)

  @OptionGroup var sizes: TextPolicyOptions

  @Argument(help: "chain, command, lookup, choice or user.")
  var task: String

  @Option(
    help: "Operations of a chain (1 to 6), kinds of captions (2 to 12), generations (1 to 3), sensitivity (1 to 3).")
  var difficulty: Int?

  @Option(help: "verifier, flipped:SHARE, annotator:SHARE, partial, self or reference.")
  var reward = "verifier"

  @Option(help: "Batches of 32 prompts with 8 answers each.")
  var updates = 150

  @Option(help: "The seed of parameters, problems and answers.")
  var seed: UInt64 = 1

  @Option(help: "Demonstrations end at this share of right answers.")
  var target = 0.45

  @Option(help: ArgumentHelp("Keep the policies in this file.", valueName: "file"))
  var out: String?

  func validate() throws {
    guard updates > 0 else { throw ValidationError("--updates must be at least 1") }
  }

  func run() throws {
    try reportingFailure {
      let (task, source) = (try textTask(), try RewardSource(reward))
      let file = out.map { URL(filePath: $0) }
      let saved = try file.flatMap {
        try FileManager.default.fileExists(atPath: $0.path) ? PolicyArchive(contentsOf: $0) : nil
      }
      let options = saved?.transformer.options ?? sizes.transformer
      let trainer = try TextTrainer(task, options: options, seed: seed, start: saved?["current"])
      var archive = try saved ?? PolicyArchive(Transformer(options))
      if saved == nil {
        var start = SupervisedStart()
        start.target = target
        start.run(trainer)
        archive.keep(trainer.policy, as: "initial")
      }
      try train(trainer, source, &archive, file: file)
    }
  }

  private func train(
    _ trainer: TextTrainer, _ source: RewardSource, _ archive: inout PolicyArchive, file: URL?
  ) throws {
    let frozen = archive["initial"] ?? trainer.policy.copied()
    var group = GroupUpdate()
    group.passes = 2
    trainer.learner.learningRate = 3e-4
    trainer.learner.warmUpUpdates = 10
    print("start: \(text(trainer.score()))")
    for update in 1...updates {
      let rollouts = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
      let rewards = source.rewards(rollouts, repeats: group.answers, trainer: trainer, frozen: frozen)
      group.update(trainer, rollouts.map(\.sequence)) { index in
        GroupAdvantages.normalised(Array(rewards[index * group.answers..<(index + 1) * group.answers]))
      }
      guard update.isMultiple(of: 25) || update == updates else { continue }
      print("update \(update): \(text(trainer.score()))")
      fflush(nil)
      if let current = archive["current"] { archive.keep(current, as: "previous") }
      archive.keep(trainer.policy, as: "current")
      if let file { try archive.write(to: file) }
    }
  }

  private func text(_ score: TextScore) -> String {
    String(
      format: "right %.3f, parts %.3f, legal %.3f, %.1f tokens", score.right, score.partial, score.legal, score.length)
  }

  /// - Throws: `TextRowError` for a task or a difficulty that does not exist.
  private func textTask() throws -> any TextTask {
    guard let named = NamedTask(rawValue: task) else {
      let names = NamedTask.allCases.map(\.rawValue).joined(separator: ", ")
      throw TextRowError("there is no text task \"\(task)\"; tasks: \(names)")
    }
    guard let made = named.make(difficulty: named == .choice ? nil : difficulty) else {
      let range = named.difficulties
      throw TextRowError(
        "--difficulty of \(task) is \(range.lowerBound) to \(range.upperBound), not \(difficulty ?? 0)")
    }
    return made
  }
}
