import Captions
import IntrinsicReward
import Runtime
import Tensor

/// ONI's learned reward models on one thread: captions per CPU second of a training step with 256 examples, and of scoring.
/// Each is compared with PyTorch, and with the variant that computes every column of every caption.
public enum RewardBenchmark {
  public static let group = "reward"
  /// Captions (classification) or pairs (ranking) in a training step.
  static let examples = 256
  /// Number of distinct captions that are labelled and scored.
  private static let captionCount = 1024
  private static let methods = LearnedRewardOptions.Method.allCases

  /// Lengths of the captions in bytes, similar to those of NetHack's messages.
  private static let lengths = 8...56

  /// - Parameter show: receives each measurement as soon as it is complete.
  public static func run(_ settings: BenchmarkSettings, show: (Measurement) -> Void) throws -> [Measurement] {
    let torch = settings.torch("torch_reward_models.py")
    var measurements: [Measurement] = []
    for method in methods {
      for measurement in try measure(method, settings, torch) {
        show(measurement)
        measurements.append(measurement)
      }
    }
    return measurements
  }

  private static func measure(
    _ method: LearnedRewardOptions.Method, _ settings: BenchmarkSettings, _ torch: Result<Yardstick, BenchmarkError>
  ) throws -> [Measurement] {
    let subject = subject(method, isComplete: false)
    let complete = Self.subject(method, isComplete: true)
    let texts = Double(method == .ranking ? 2 * examples : examples)
    let tasks = [
      Task(
        name: "\(method.rawValue), train", texts: texts, request: "\(method.rawValue) train \(examples)",
        ours: subject.trainStep, complete: complete.trainStep),
      Task(
        name: "\(method.rawValue), score", texts: Double(captionCount),
        request: "\(method.rawValue) score \(captionCount)", ours: subject.score, complete: complete.score),
    ]
    return try tasks.flatMap { try measure($0, settings, torch) }
  }

  /// Work that both Tengu and PyTorch can do.
  private struct Task {
    let name: String
    /// Captions that pass through the network in one call.
    let texts: Double
    /// The request to the PyTorch script, without the seconds to measure for.
    let request: String
    let ours: () -> Void
    let complete: () -> Void
  }

  private static func measure(
    _ task: Task, _ settings: BenchmarkSettings, _ torch: Result<Yardstick, BenchmarkError>
  ) throws -> [Measurement] {
    func rate(_ body: () -> Void) -> Double { task.texts / Stopwatch.cpuSecondsPerCall(settings.seconds, body) }
    let rounds = settings.alternate { _ in
      rate(task.ours)
    } _: { _ in
      rate(task.complete)
    }
    var againstItself = Measurement(group, "\(task.name), blank columns once", unit: "captions/s", rounds: rounds.ours)
    againstItself.compare(with: "every column", rounds: rounds.theirs)
    switch torch {
    case .failure(let error):
      var alone = Measurement(group, task.name, unit: "captions/s", rounds: settings.repeated { _ in rate(task.ours) })
      alone.skipped = error.description
      return [alone, againstItself]
    case .success(let torch):
      let rounds = try settings.alternate { _ in
        rate(task.ours)
      } _: { _ in
        try task.texts / torch.secondsPerCall("\(task.request) \(settings.seconds)")
      }
      var againstTorch = Measurement(group, task.name, unit: "captions/s", rounds: rounds.ours)
      againstTorch.compare(with: "PyTorch", rounds: rounds.theirs)
      return [againstTorch, againstItself]
    }
  }

  private static func subject(
    _ method: LearnedRewardOptions.Method, isComplete: Bool
  ) -> LearnedRewardUnderTest {
    var generator = RandomGenerator(seed: 1)
    let captions = (0..<captionCount).map { _ in
      (0..<lengths.lowerBound + generator.below(lengths.count)).map { _ in UInt8(32 + generator.below(95)) }
    }
    var options = LearnedRewardOptions(method)
    options.batchSize = examples
    return LearnedRewardUnderTest(options, captions: captions, isComplete: isComplete)
  }
}

/// A learned reward model whose training steps and scoring are measured.
final class LearnedRewardUnderTest {
  private let learner: CaptionLearner

  /// - Parameters:
  ///   - captions: every second one has the label "helpful".
  ///   - isComplete: computes every column of every text, padding included.
  init(_ options: LearnedRewardOptions, captions: [[UInt8]], isComplete: Bool) {
    learner = CaptionLearner(options, isComplete: isComplete)
    let ids = captions.indices.map { UInt32($0 + 1) }
    learner.take(
      RewardUpdate(
        captions: zip(ids, captions).map { NewCaption(id: $0, bytes: $1) },
        labels: ids.map { CaptionLabel(caption: $0, value: Float($0 % 2)) }), policyUpdates: 0)
  }

  /// Makes one update from a batch.
  func trainStep() { learner.trainStep() }

  /// Scores all captions with the current network.
  func score() { learner.scoreAll() }
}
