import IntrinsicReward
import Runtime
import Tensor

/// ONI's learned reward models on one thread, by its CPU time: captions a second of a training step of 256 examples, and
/// of scoring. Each beside PyTorch, and beside itself computing every column of every caption.
public enum RewardBenchmark {
  public static let group = "reward"
  /// Captions (classification) or pairs (ranking) of a step.
  static let examples = 256
  /// Distinct captions that are labelled and scored.
  private static let captionCount = 1024
  private static let methods = LearnedRewardOptions.Method.allCases

  /// A message of NetHack is this long in the middle, and few are longer than twice that.
  private static let lengths = 8...56

  /// - Parameter show: called with each measurement as soon as there is one.
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

  /// Something that both we and PyTorch can do.
  private struct Task {
    let name: String
    /// Captions that go through the network in one call.
    let texts: Double
    /// What PyTorch is asked for, without the time it may take.
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
    var besideItself = Measurement(group, "\(task.name), blank columns once", unit: "captions/s", rounds: rounds.ours)
    besideItself.setBeside("every column", rounds: rounds.theirs)
    switch torch {
    case .failure(let error):
      var alone = Measurement(group, task.name, unit: "captions/s", rounds: settings.repeated { _ in rate(task.ours) })
      alone.skipped = error.description
      return [alone, besideItself]
    case .success(let torch):
      let rounds = try settings.alternate { _ in
        rate(task.ours)
      } _: { _ in
        try task.texts / torch.secondsPerCall("\(task.request) \(settings.seconds)")
      }
      var beside = Measurement(group, task.name, unit: "captions/s", rounds: rounds.ours)
      beside.setBeside("PyTorch", rounds: rounds.theirs)
      return [beside, besideItself]
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
