import TextPolicy
import TextTasks

/// The start that all arms of a seed share: a policy that has imitated demonstrations until it solves some of the problems.
public struct SupervisedStart: Sendable {
  /// Demonstrations of one update.
  public var batch = 64
  public var learningRate: Float = 2e-3
  /// The share of right sampled answers at which it ends.
  public var target = 0.45
  /// Updates after which it ends in any case.
  public var maximumUpdates = 4000
  /// Updates between two measurements.
  public var interval = 50

  public init() {}

  /// Trains on demonstrations of `teaching` until the policy solves the trainer's task well enough.
  /// - Parameters:
  ///   - demonstration: makes a text; nil for the task's solution of a new problem.
  ///   - isInterrupted: asked after each update; if it returns true the call returns early.
  ///   - report: called with the updates so far and the score.
  public func run(
    _ trainer: TextTrainer, demonstration: (() -> TokenSequence)? = nil, isInterrupted: () -> Bool = { false },
    report: (_ updates: Int, _ score: TextScore) -> Void = { _, _ in }
  ) {
    trainer.learner.learningRate = learningRate
    trainer.learner.warmUpUpdates = 50
    for update in 1...maximumUpdates {
      trainer.imitate((0..<batch).map { _ in demonstration?() ?? Self.solution(trainer) })
      if isInterrupted() { break }
      guard update.isMultiple(of: interval) else { continue }
      let score = trainer.score(problems: 128, seed: 5)
      report(update, score)
      if score.right >= target { break }
    }
    trainer.learner.resetMoments()
    trainer.learner.warmUpUpdates = 0
  }

  /// A new problem of the trainer's task with its solution.
  public static func solution(_ trainer: TextTrainer) -> TokenSequence {
    let problem = trainer.task.problem(&trainer.generator)
    return TextTrainer.demonstration(
      prompt: problem.prompt, answer: trainer.task.solution(problem, &trainer.generator))
  }
}
