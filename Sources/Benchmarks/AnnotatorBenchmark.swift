import Foundation
import Judging
import LanguageModelClient
import Runtime
import Synchronization
import Tensor
import Transport

/// Labels a second from a language model that takes 200 ms for each answer: how near `LanguageModelPool` comes to
/// requests in flight / latency, what processor time it takes, and what batches cost whose slowest answer is awaited,
/// which is how ONI asks: one request of 100 prompts at a time.
///
/// A batch is counted as 100 labels and costs its client one small request, so that nothing but waiting is compared.
public enum AnnotatorBenchmark {
  public static let group = "annotator"
  static let inFlight = [1, 16, 256]
  /// Far beyond what any machine needs: it is not the answers that are late then.
  private static let deadlineSeconds = 600.0
  /// At which processor time is given.
  private static let labelsPerSecond = 500.0
  static let processorTimeName = "processor time at \(Int(labelsPerSecond)) labels/s"

  /// What one stretch of questions took.
  struct Stretch {
    var labelsPerSecond: Double
    /// Of this process, all its threads.
    var cpuSecondsPerLabel: Double
  }

  /// - Parameters:
  ///   - program: the `tengu-bench` whose `annotator-peer` plays the language model.
  ///   - show: called with each measurement as soon as there is one.
  public static func run(
    _ settings: BenchmarkSettings, program: String, show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let peers = try [AnnotatorPeer.Pace.even, .uneven, .batches].map { pace in
      try ChildProcess(program, ["annotator-peer", pace.rawValue])
    }
    let addresses = try peers.map { try $0.line() }
    defer { withExtendedLifetime(peers) {} }
    return try measure(
      settings, even: addresses[0], uneven: addresses[1], batches: addresses[2],
      latencySeconds: AnnotatorPeer.latencySeconds, show: show)
  }

  /// With language models at these addresses.
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
      let rates = try settings.repeated { _ in try asking.stretch(rounds: rounds).labelsPerSecond }
      var measurement = Measurement(group, "\(count) in flight", unit: "labels/s", rounds: rates)
      measurement.share = Measurement.Share(
        of: "in flight / latency", value: (measurement.value ?? 0) * latencySeconds / Double(count))
      add(measurement)
    }
    let hundred = AnnotatorPeer.batchSize
    let asking = try Asking(even, inFlight: hundred)
    let cores = try settings.repeated { _ in try asking.stretch(rounds: rounds).cpuSecondsPerLabel * labelsPerSecond }
    add(Measurement(group, processorTimeName, unit: "cores", rounds: cores))
    let (ours, theirs) = (try Asking(uneven, inFlight: hundred), try Asking(batches, inFlight: 1))
    let (each, batched) = try settings.alternate { _ in
      try ours.stretch(rounds: rounds).labelsPerSecond
    } _: { _ in
      try theirs.stretch(rounds: rounds).labelsPerSecond * Double(hundred)
    }
    var measurement = Measurement(group, "\(hundred) in flight, uneven answers", unit: "labels/s", rounds: each)
    measurement.setBeside("ONI's way: one batch of \(hundred) at a time", rounds: batched)
    add(measurement)
    return measurements
  }

  /// So many questions under way at one server, again and again.
  private final class Asking: Sendable {
    private let pool: LanguageModelPool
    private let inFlight: Int
    private let failure = Mutex<ModelFailure?>(nil)
    /// Questions of the stretch that nobody has asked yet.
    private let left = Atomic(0)

    init(_ address: String, inFlight: Int) throws {
      var options = LanguageModelOptions(servers: [address]) { _ in }
      options.requestsPerServer = inFlight
      pool = try LanguageModelPool(options)
      self.inFlight = inFlight
      // Discovery, and a connection for each.
      _ = try stretch(rounds: 1)
    }

    /// Asks `rounds` questions for each place, each place's next as soon as it is free.
    /// - Throws: `BenchmarkError` where a question was not answered.
    func stretch(rounds: Int) throws -> Stretch {
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
      return Stretch(
        labelsPerSecond: Double(labels) / (MonotonicClock.seconds - start),
        cpuSecondsPerLabel: (ProcessUsage.ownCPUSeconds - cpu) / Double(labels))
    }
  }

  /// As long as an annotator's, with as many alternatives.
  private static let question = ModelQuestion(
    .chat([
      ChatMessage(.system, String(repeating: "You judge messages of a game by whether they mean progress. ", count: 8)),
      ChatMessage(.user, "Game message: [[You kill the newt! Welcome to experience level 2.]]"),
    ]), maximumTokens: 1, topAlternatives: 20)
}
