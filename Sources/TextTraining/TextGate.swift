import TextPolicy
import TextTasks

/// The gate before all rows: GRPO with the verifier on `chain(3)`, from a supervised start.
///
/// If this does not learn, no method compared with it says anything.
public struct TextGate: Sendable {
  /// One point of a learning curve.
  public struct Point: Sendable, Codable {
    /// Batches of answers so far.
    public var updates: Int
    public var score: TextScore
  }

  /// What a seed reached.
  public struct Result: Sendable, Codable {
    public var seed: UInt64
    /// From the supervised start, at 0, to the last update; sampled at temperature 1.
    public var curve: [Point]
    /// The likeliest answers, at the start and at the end.
    public var greedyStart: TextScore
    public var greedyEnd: TextScore
    /// Demonstrations seen by the supervised start.
    public var demonstrations: Int

    /// Points of success gained at temperature 1, 0 ... 1.
    public var gain: Double { (curve.last?.score.right ?? 0) - (curve.first?.score.right ?? 0) }
  }

  public var options = TransformerOptions(width: 64, layers: 2)
  public var updates = 150
  public var group = GroupUpdate()
  public var learningRate: Float = 3e-4
  public var start = SupervisedStart()
  /// Updates between two points of the curve.
  public var interval = 25
  /// Problems of a point.
  public var problems = 1024

  public init() {
    group.passes = 2
    start.target = 0.4
  }

  /// - Parameter report: called at each point of the curve.
  /// - Throws: `TextPolicyError` for sizes that no network can have.
  public func run(seed: UInt64, report: (Point) -> Void = { _ in }) throws -> Result {
    let trainer = try TextTrainer(ChainTask(operations: 3...3), options: options, seed: seed)
    var demonstrations = 0
    start.run(trainer, report: { updates, _ in demonstrations = updates * start.batch })
    var result = Result(
      seed: seed, curve: [], greedyStart: trainer.score(problems: problems, temperature: 0),
      greedyEnd: TextScore(right: 0, partial: 0, legal: 0, length: 0), demonstrations: demonstrations)
    func measure(_ updates: Int) {
      let point = Point(updates: updates, score: trainer.score(problems: problems))
      result.curve.append(point)
      report(point)
    }
    measure(0)
    trainer.learner.learningRate = learningRate
    trainer.learner.warmUpUpdates = 10
    for update in 1...max(updates, 1) {
      group.run(trainer, reward: RowLab.verifier)
      if update.isMultiple(of: interval) || update == updates { measure(update) }
    }
    result.greedyEnd = trainer.score(problems: problems, temperature: 0)
    return result
  }
}
