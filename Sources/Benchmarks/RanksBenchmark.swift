import NeuralNetwork
import Ranks
import Runtime
import Tensor

/// Learners that share updates under mpirun, compared with one learner that has as many threads: whether they end with the
/// same parameters, and how many frames they train on per second.
public enum RanksBenchmark {
  public static let group = "ranks"
  /// Updates after which the parameters are compared.
  static let comparedUpdates = 50
  /// Largest difference of a parameter that rounding explains: gradients are added up in another order.
  static let tolerance: Float = 1e-6

  /// - Parameters:
  ///   - only: names of the networks to measure; empty means all.
  ///   - ranks: the learners; all of them make this call.
  ///   - show: receives each measurement as soon as it is complete.
  /// - Returns: the measurements at rank 0; nothing at others.
  /// - Throws: `BenchmarkError` if the parameters are not equal, or if it does not know a network.
  public static func run(
    _ settings: BenchmarkSettings, only: [String], ranks: any Communicator, show: (Measurement) -> Void
  ) throws -> [Measurement] {
    var measurements: [Measurement] = []
    for network in try NetworkCase.named(only) {
      let found: [Measurement]
      do {
        found = try measure(network, settings, ranks)
      } catch  where !(error is BenchmarkError || error is RankError) {
        found = [Measurement(group, network.name, unit: "frames/s", skipped: try reasonToSkip(error))]
      }
      guard ranks.isFirst else { continue }
      found.forEach(show)
      measurements += found
    }
    return measurements
  }

  private static func measure(
    _ network: NetworkCase, _ settings: BenchmarkSettings, _ ranks: any Communicator
  ) throws -> [Measurement] {
    // Each learner has the batch of a train step of its own thread.
    let rows = max(TrainBenchmark.columns, ranks.size * NetworkUnderTest.environmentsPerUnroll)
    let subject = try NetworkUnderTest(network.plan(settings), rows: rows)
    let shared = try subject.training(shards: 1, ranks: ranks)
    let whole = ranks.isFirst ? try subject.training(shards: ranks.size) : nil
    let began = MonotonicClock.seconds
    for _ in 0..<comparedUpdates { try shared.update() }
    let seconds = MonotonicClock.seconds - began
    for _ in 0..<comparedUpdates { try whole?.update() }
    let difference = whole.map { largestDifference(shared.parameters, $0.parameters) }
    let updates = try agree(max(1, Int(settings.seconds * Double(comparedUpdates) / max(seconds, 1e-6))), ranks)
    let frames = Double(subject.framesPerUpdate * updates)
    let rounds = try settings.alternate { _ in
      try frames / time(updates, ranks, shared.update)
    } _: { _ in
      // The other learners wait, as they do for a batch.
      try frames / time(whole == nil ? 0 : updates, ranks) { try whole?.update() }
    }
    guard let difference else { return [] }
    let title = "\(network.name), \(ranks.size) learners"
    var rate = Measurement(group, title, unit: "frames/s", rounds: rounds.ours)
    rate.compare(with: "one learner, \(ranks.size) threads", rounds: rounds.theirs)
    guard difference <= tolerance else {
      throw BenchmarkError(
        "\(title): after \(comparedUpdates) updates a parameter differs by \(difference) from that of one learner")
    }
    return [
      rate,
      Measurement(
        group, "\(title), largest difference of a parameter after \(comparedUpdates) updates", unit: "1",
        rounds: [Double(difference)]),
    ]
  }

  private static func largestDifference(_ one: FloatBuffer, _ other: FloatBuffer) -> Float {
    (0..<one.count).reduce(Float(0)) { max($0, abs(one.pointer[$1] - other.pointer[$1])) }
  }

  /// Seconds until all learners have made their updates.
  private static func time(
    _ updates: Int, _ ranks: any Communicator, _ update: () throws -> Void
  ) throws -> Double {
    _ = try ranks.agreed(true)
    let began = MonotonicClock.seconds
    for _ in 0..<updates { try update() }
    _ = try ranks.agreed(true)
    return MonotonicClock.seconds - began
  }

  /// The number of rank 0.
  private static func agree(_ count: Int, _ ranks: any Communicator) throws -> Int {
    let table = RankTable(ranks, capacity: 1)
    table.own[0] = Double(count)
    try table.exchange(1)
    return Int(saturating: table[0, 0])
  }
}
