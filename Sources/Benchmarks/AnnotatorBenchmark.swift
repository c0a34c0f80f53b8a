import FakeLanguageModel
import Foundation
import Judging
import LanguageModelClient
import Runtime
import Synchronization
import Tensor
import Transport

/// Labels per second from a language model that takes 200 ms for each answer: how close `LanguageModelPool` comes to
/// requests in flight / latency, how much processor time it uses, and how much slower it is to ask in batches and wait for
/// the slowest answer of each. ONI asks that way, in one request of 100 prompts at a time.
///
/// A batch counts as 100 labels and costs its client one small request, so only the waiting is compared.
public enum AnnotatorBenchmark {
  public static let group = "annotator"
  static let inFlight = [1, 16, 256]
  /// Longer than any machine needs, so that no answer is late.
  private static let deadlineSeconds = 600.0
  /// The rate at which the processor time is reported.
  private static let labelsPerSecond = 500.0
  static let processorTimeName = "processor time at \(Int(labelsPerSecond)) labels/s"

  /// The cost of one series of questions.
  struct Series {
    var labelsPerSecond: Double
    /// CPU time of all threads of this process.
    var cpuSecondsPerLabel: Double
  }

  /// - Parameters:
  ///   - program: the `tengu-bench` whose subcommand `annotator-peer` acts as the language model.
  ///   - show: receives each measurement as soon as it is complete.
  public static func run(
    _ settings: BenchmarkSettings, program: String, show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let peers = try [AnnotatorPeer.Pace.even, .uneven, .batches].map { pace in
      try LineProcess(program, ["annotator-peer", pace.rawValue])
    }
    let addresses = try peers.map { try $0.line() }
    defer { withExtendedLifetime(peers) {} }
    return try measure(
      settings, even: addresses[0], uneven: addresses[1], batches: addresses[2],
      latencySeconds: AnnotatorPeer.latencySeconds, show: show)
  }

  /// Measures with the language models at these addresses.
  static func measure(
    _ settings: BenchmarkSettings, even: String, uneven: String, batches: String, latencySeconds: Double,
    show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let rounds = max(1, Int(settings.seconds / AnnotatorPeer.latencySeconds))
    var measurements: [Measurement] = []
    func add(_ measurement: Measurement) {
      show(measurement)
      measurements.append(measurement)
    }
    for count in inFlight {
      let asking = try Asking(even, inFlight: count)
      let rates = try settings.repeated { _ in try asking.series(rounds: rounds).labelsPerSecond }
      var measurement = Measurement(group, "\(count) in flight", unit: "labels/s", rounds: rates)
      measurement.share = Measurement.Share(
        of: "in flight / latency", value: (measurement.value ?? 0) * latencySeconds / Double(count))
      add(measurement)
    }
    let hundred = AnnotatorPeer.batchSize
    let asking = try Asking(even, inFlight: hundred)
    let cores = try settings.repeated { _ in try asking.series(rounds: rounds).cpuSecondsPerLabel * labelsPerSecond }
    add(Measurement(group, processorTimeName, unit: "cores", rounds: cores))
    let (ours, theirs) = (try Asking(uneven, inFlight: hundred), try Asking(batches, inFlight: 1))
    let (each, batched) = try settings.alternate { _ in
      try ours.series(rounds: rounds).labelsPerSecond
    } _: { _ in
      try theirs.series(rounds: rounds).labelsPerSecond * Double(hundred)
    }
    var measurement = Measurement(group, "\(hundred) in flight, uneven answers", unit: "labels/s", rounds: each)
    measurement.compare(with: "ONI's way: one batch of \(hundred) at a time", rounds: batched)
    add(measurement)
    return measurements
  }

  /// Keeps a fixed number of questions in flight at one server.
  private final class Asking: Sendable {
    private let pool: LanguageModelPool
    private let inFlight: Int
    private let failure = Mutex<ModelFailure?>(nil)
    /// Questions of the current series that are not asked yet.
    private let left = Atomic(0)

    init(_ address: String, inFlight: Int) throws {
      var options = LanguageModelOptions(servers: [address]) { _ in }
      options.requestsPerServer = inFlight
      pool = try LanguageModelPool(options)
      self.inFlight = inFlight
      // The first series discovers the server and opens the connections.
      _ = try series(rounds: 1)
    }

    /// Asks `rounds` questions for each one in flight; a new question starts as soon as an answer arrives.
    /// - Throws: `BenchmarkError` if a question fails.
    func series(rounds: Int) throws -> Series {
      let labels = inFlight * rounds
      left.store(labels, ordering: .relaxed)
      let askers = DispatchGroup()
      let (start, cpu) = (MonotonicClock.seconds, ProcessUsage.ownCPUSeconds)
      for _ in 0..<inFlight {
        askers.enter()
        Task {
          defer { askers.leave() }
          while left.subtract(1, ordering: .relaxed).newValue >= 0 {
            do throws(ModelFailure) {
              _ = try await pool.answer(question, deadlineSeconds: deadlineSeconds)
            } catch {
              return failure.withLock { $0 = error }
            }
          }
        }
      }
      askers.wait()
      if let failure = failure.withLock({ $0 }) { throw BenchmarkError("the fake language model: \(failure)") }
      return Series(
        labelsPerSecond: Double(labels) / (MonotonicClock.seconds - start),
        cpuSecondsPerLabel: (ProcessUsage.ownCPUSeconds - cpu) / Double(labels))
    }
  }

  /// A question of the length and with the number of alternatives that annotators use.
  private static let question = ModelQuestion(
    .chat([
      ChatMessage(.system, String(repeating: "You judge messages of a game by whether they mean progress. ", count: 8)),
      ChatMessage(.user, "Game message: [[You kill the newt! Welcome to experience level 2.]]"),
    ]), maximumTokens: 1, topAlternatives: 20)
}

/// The language model of the annotator benchmark: a fake server in a separate process, so that its CPU time does not count.
public enum AnnotatorPeer {
  /// The durations of answers.
  public enum Pace: String, Sendable {
    /// Every answer takes the same time.
    case even
    /// Half of the latency is fixed, the rest is distributed exponentially with the same mean.
    case uneven
    /// Each request is a batch and takes as long as the slowest of its uneven answers.
    case batches
  }

  /// Mean duration of an answer.
  static let latencySeconds = 0.2
  static let batchSize = 100
  /// Number of alternatives per token that annotators ask for.
  private static let alternatives = 20

  /// Prints its address on the standard output and serves until the standard input ends.
  public static func serve(_ pace: Pace) throws {
    let server = try server(pace, latencySeconds: latencySeconds)
    print(server.url)
    fflush(nil)
    while readLine() != nil {}
  }

  static func server(_ pace: Pace, latencySeconds: Double) throws -> FakeLanguageModelServer {
    var model = FakeModel()
    model.alternatives = alternatives
    let question = FakeRequest(method: "POST", path: "/v1/chat/completions", body: Data("{\"logprobs\": true}".utf8))
    guard case .answer(_, _, let answer, _) = model.reply(to: question) else {
      throw BenchmarkError("the fake language model does not answer")
    }
    return try FakeLanguageModelServer { [model] request in
      // The benchmark measures waiting, not the server's work, so all questions receive the same bytes.
      guard request.method == "POST" else { return model.reply(to: request) }
      let seconds = latencySeconds * duration(pace, index: request.index)
      return .answer(status: 200, body: answer, afterSeconds: seconds)
    }
  }

  /// Duration of request `index` in units of the latency; the same in every run.
  static func duration(_ pace: Pace, index: Int) -> Double {
    var generator = RandomGenerator(seed: UInt64(index))
    func uneven() -> Double { 0.5 - 0.5 * log(1 - Double(generator.uniform())) }
    return switch pace {
    case .even: 1
    case .uneven: uneven()
    case .batches: (0..<batchSize).reduce(0) { slowest, _ in max(slowest, uneven()) }
    }
  }
}
