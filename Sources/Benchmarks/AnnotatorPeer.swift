import FakeLanguageModel
import Foundation
import Runtime
import Tensor

/// The language model of the annotator benchmark: a fake server, in a process of its own so that its time is not counted.
public enum AnnotatorPeer {
  /// How long answers take.
  public enum Pace: String, Sendable {
    /// Each as long as the others.
    case even
    /// As long on average: half of it for certain, the rest spread exponentially.
    case uneven
    /// Requests stand for batches, of which the slowest of uneven answers is awaited.
    case batches
  }

  /// Of an answer, on average.
  static let latencySeconds = 0.2
  static let batchSize = 100
  /// What annotators ask for.
  private static let alternatives = 20

  /// Says its address on the standard output and serves until the standard input ends.
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
      // What the server does besides waiting is not to be measured: all questions get the same bytes.
      guard request.method == "POST" else { return model.reply(to: request) }
      let seconds = latencySeconds * duration(pace, index: request.index)
      return .answer(status: 200, body: answer, afterSeconds: seconds)
    }
  }

  /// Of one request, in latencies. Requests of the same index take the same time in every run.
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
