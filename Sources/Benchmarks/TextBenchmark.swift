import NeuralNetwork
import Runtime
import Tensor
import TextPolicy

/// The text policy of 0.35 million weights on one thread: tokens trained on and decoded per CPU second, compared with
/// PyTorch.
public enum TextBenchmark {
  public static let group = "text"
  /// Texts in an update and in a decoding step.
  static let texts = 64
  /// Tokens of a text.
  static let length = 40

  /// - Parameter show: receives each measurement as soon as it is complete.
  public static func run(_ settings: BenchmarkSettings, show: (Measurement) -> Void) throws -> [Measurement] {
    let torch = settings.torch("torch_text_policy.py")
    let subject = try TextSubject()
    return try [("train", subject.train), ("decode", subject.decode)].map { name, work in
      let measurement = try measure(name, settings, torch, work)
      show(measurement)
      return measurement
    }
  }

  private static func measure(
    _ name: String, _ settings: BenchmarkSettings, _ torch: Result<Yardstick, BenchmarkError>, _ work: () -> Void
  ) throws -> Measurement {
    let tokens = Double(texts * length)
    func ours(_ round: Int) -> Double { tokens / Stopwatch.cpuSecondsPerCall(settings.seconds, work) }
    switch torch {
    case .failure(let error):
      var measurement = Measurement(group, name, unit: "tokens/s", rounds: settings.repeated(ours))
      measurement.skipped = error.description
      return measurement
    case .success(let torch):
      let rounds = try settings.alternate(ours) { _ in
        try tokens / torch.secondsPerCall("\(name) \(texts) \(length) \(settings.seconds)")
      }
      var measurement = Measurement(group, name, unit: "tokens/s", rounds: rounds.ours)
      measurement.compare(with: "PyTorch", rounds: rounds.theirs)
      return measurement
    }
  }
}

/// A text policy, and the memory to train it and to decode with it.
private final class TextSubject {
  private let policy: TextPolicy
  private let decoder: Decoder
  private let learner: SequenceLearner
  private let batch: SequenceBatch

  init() throws {
    policy = TextPolicy(try Transformer(TransformerOptions()), seed: 1)
    decoder = Decoder(policy.transformer, rows: TextBenchmark.texts, length: TextBenchmark.length)
    learner = SequenceLearner(policy)
    var generator = RandomGenerator(seed: 2)
    let sequences = (0..<TextBenchmark.texts).map { _ in
      TokenSequence(
        tokens: (0..<TextBenchmark.length).map { _ in UInt8(generator.below(64)) }, promptCount: 1)
    }
    batch = SequenceBatch(sequences)
  }

  /// One update by cross entropy, from the same texts each time.
  func train() {
    learner.update(batch, groupSize: 1) { group, slopes in
      LikelihoodLoss.add(group, weight: 1 / Double(TextBenchmark.texts * TextBenchmark.length), to: &slopes)
    }
  }

  /// Samples as many tokens as PyTorch does.
  func decode() {
    var generator = RandomGenerator(seed: 3)
    let count = TextBenchmark.texts
    let rows = (0..<count).map { Int32($0) }
    let vocabulary = policy.transformer.options.vocabulary
    var tokens = [UInt8](repeating: 0, count: count)
    var positions = [Int32](repeating: 0, count: count)
    for position in 0..<TextBenchmark.length {
      for i in 0..<count { positions[i] = Int32(position) }
      decoder.step(tokens: tokens, positions: positions, texts: rows, count: count, weights: policy.weights)
      for i in 0..<count {
        let row = decoder.logits.pointer + i * vocabulary
        tokens[i] = UInt8(Rows.sample(row, count: vocabulary, uniform: generator.uniform()).index)
      }
    }
  }
}
