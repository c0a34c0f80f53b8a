import Configuration
import Environments
import NeuralNetwork
import Runtime
import TextPolicy
import TextTasks
import TextTraining
import Trajectories

/// What a configuration says about a text policy, in a run of a task "text:NAME". Such a run has a transformer instead of a
/// policy network, and its unrolls are whole answers.
///
/// A class, so that the memory of a run plan does not depend on the modules below.
public final class TextPlan: Sendable {
  /// What training asks.
  public let task: any TextTask
  /// What evaluations ask: the questions that training never asks if some are held out, else the task's.
  public let evaluationTask: any TextTask
  public let transformer: Transformer
  /// Answers to each question.
  public let answers: Int
  /// Questions of an unroll.
  public let questions: Int

  private let rewardKind: TextSection.Reward

  /// The plan of a run; nil if its task is played and not written.
  /// - Throws: `ConfigurationError` for a task, difficulty or size that does not exist.
  init?(_ configuration: RunConfiguration) throws(ConfigurationError) {
    guard let name = Self.taskName(configuration.environment.task) else { return nil }
    let text = configuration.text
    guard let named = NamedTask(rawValue: name) else { throw Self.unknownTask(name) }
    guard let task = named.make(difficulty: text.difficulty == 0 ? nil : text.difficulty) else {
      let range = named.difficulties
      throw ConfigurationError([
        "\"text.difficulty\" = \(text.difficulty): \(name) has \(range.lowerBound) to \(range.upperBound), or 0 for its own"
      ])
    }
    (self.task, evaluationTask) = try Self.sides(of: task, holdingOut: text.heldOut)
    do {
      transformer = try Transformer(
        TransformerOptions(
          vocabulary: Vocabulary.count, width: text.width, layers: text.layers, heads: text.heads,
          context: text.context))
    } catch {
      throw ConfigurationError(["text: \(error)"])
    }
    answers = text.answers
    rewardKind = text.reward
    questions = max(1, configuration.worker.environmentsPerGroup / max(1, text.answers))
    try Self.expectPlace(task, context: text.context)
  }

  /// The task of a run with all of its questions; nil if it is played, or does not exist.
  static func wholeTask(_ configuration: RunConfiguration) -> (any TextTask)? {
    guard let name = taskName(configuration.environment.task) else { return nil }
    let difficulty = configuration.text.difficulty
    return NamedTask(rawValue: name)?.make(difficulty: difficulty == 0 ? nil : difficulty)
  }

  /// "chain" of "text:chain"; nil for other tasks.
  static func taskName(_ task: String) -> String? {
    task.hasPrefix(prefix + ":") ? String(task.dropFirst(prefix.count + 1)) : nil
  }

  static let prefix = "text"

  static func unknownTask(_ name: String) -> ConfigurationError {
    let names = NamedTask.allCases.filter { $0 != .choice }.map { "\(prefix):\($0.rawValue)" }.joined(separator: ", ")
    return ConfigurationError(["there is no task \"\(prefix):\(name)\"; there are \(names)"])
  }

  /// What training and evaluations ask.
  private static func sides(
    of task: any TextTask, holdingOut share: Double
  ) throws(ConfigurationError) -> (any TextTask, any TextTask) {
    guard share > 0 else { return (task, task) }
    guard let training = SplitTask(task, holdingOut: share, side: .training),
      let heldOut = SplitTask(task, holdingOut: share, side: .heldOut)
    else {
      throw ConfigurationError([
        "\"text.held_out\" = \(share): this task has too few questions to hold out that share; set it to 0, or choose another "
          + "difficulty"
      ])
    }
    return (training, heldOut)
  }

  /// Questions have nearly the same length, so some show whether a text has place for an answer.
  private static func expectPlace(_ task: any TextTask, context: Int) throws(ConfigurationError) {
    var generator = RandomGenerator(seed: 1)
    var longest = 0
    for _ in 0..<64 {
      let problem = task.problem(&generator)
      let answer = task.solution(problem, &generator)
      longest = max(longest, problem.prompt.count + answer.count + 1)
    }
    guard longest > context else { return }
    throw ConfigurationError([
      "\"text.context\" = \(context): questions and answers of this task have up to \(longest) tokens; set it to \(longest) or more"
    ])
  }

  // MARK: The parts of a run

  /// Whether training rewards answers by the labels of the run's annotator.
  public var asksAnnotator: Bool { rewardKind == .annotator }

  /// What an answer is worth to the task, 0 to 1. Where an annotator judges, it is what the metrics show.
  public func reward(of rollout: TextRollout) -> Double {
    switch rewardKind {
    case .verifier, .annotator: rollout.verdict.isRight ? 1 : 0
    case .partial: rollout.verdict.partial
    }
  }

  /// The observation of a text: its tokens, then zeros.
  static func observation(context: Int) -> ObservationLayout {
    ObservationLayout([
      ObservationField("tokens", .uint8, [context], .categorical(cardinality: Vocabulary.count))
    ])
  }

  /// The tensors of an unroll.
  var schema: StepSchema {
    .text(tokens: transformer.options.vocabulary, length: transformer.options.context)
  }

  /// What a program must know to use the tensors `policy.*` of a checkpoint.
  func facts(task name: String) -> [String: String] {
    let options = transformer.options
    return [
      "format": "tengu-text-policy 1", "task": name,
      "sizes": "{\"context\":\(options.context),\"heads\":\(options.heads),\"layers\":\(options.layers),"
        + "\"vocabulary\":\(options.vocabulary),\"width\":\(options.width)}",
    ]
  }
}

/// The tasks "text:NAME" among those that a run can name.
enum TextTaskFamily {
  static let family = EnvironmentFamily(
    prefix: TextPlan.prefix, example: "text:chain",
    summary: "a task for a policy that writes text (docs/text.md)", ownFields: []
  ) { name in
    EnvironmentEntry(
      name: name, summary: "answers in text, judged by a program", instanceBytes: 0,
      specification: { options in
        try expectTask(name)
        // The run plan knows the length of texts and replaces this layout.
        return EnvironmentSpecification(
          name: options.task, observation: TextPlan.observation(context: 1), actionCount: Vocabulary.count)
      },
      make: { _ in
        throw EnvironmentError(
          "\(name) is no world to play: a run of it trains a text policy (docs/text.md), and `tengu text` tries one")
      })
  }

  private static func expectTask(_ name: String) throws(EnvironmentError) {
    let task = TextPlan.taskName(name) ?? name
    guard NamedTask(rawValue: task) != nil, task != NamedTask.choice.rawValue else {
      throw EnvironmentError("\(TextPlan.unknownTask(task))")
    }
  }
}
