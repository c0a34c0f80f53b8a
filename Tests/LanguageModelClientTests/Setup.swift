import Captions
import FakeLanguageModel
import Foundation
import Judging
import Synchronization
import Testing

@testable import LanguageModelClient

/// The lines of a log, from any thread.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  var text: String { all.joined(separator: "\n") }
  @Sendable func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// Pools on fake servers, with periods short enough to be waited for.
struct Setup {
  let servers: [FakeLanguageModelServer]
  let lines = Lines()
  let pool: LanguageModelPool
  var server: FakeLanguageModelServer { servers[0] }

  init(
    _ models: [FakeModel] = [FakeModel()], clock: PoolClock = PoolClock(),
    _ change: (inout LanguageModelOptions) -> Void = { _ in }
  ) throws {
    servers = try models.map { model in try FakeLanguageModelServer { model.reply(to: $0) } }
    var options = LanguageModelOptions(servers: servers.map(\.url), log: lines.add)
    options.breaker.firstOpenSeconds = 0.05
    options.breaker.maximumOpenSeconds = 0.2
    // On a busy machine nothing is late: what is to time out says so.
    options.breaker.probePatienceSeconds = amplySeconds
    options.requestTimeoutSeconds = amplySeconds
    options.connectTimeoutSeconds = amplySeconds
    change(&options)
    pool = try LanguageModelPool(options, clock: clock)
  }

  func ask(_ question: ModelQuestion = .yesOrNo, deadlineSeconds: Double = amplySeconds) async -> Answer {
    do throws(ModelFailure) {
      return .success(try await pool.answer(question, deadlineSeconds: deadlineSeconds))
    } catch {
      return .failure(error)
    }
  }

  typealias Answer = Result<ModelAnswer, ModelFailure>

  /// The identity that holds at any moment.
  var isAccountedFor: Bool {
    let counts = pool.statistics
    return counts.asked == counts.answered + counts.failed + counts.inFlight
  }
}

extension Result where Success == ModelAnswer, Failure == ModelFailure {
  var text: String? { if case .success(let answer) = self { answer.text } else { nil } }

  /// The failure's case, without what it holds.
  var failureName: String? {
    switch self {
    case .success: nil
    case .failure(.unavailable): "unavailable"
    case .failure(.refused): "refused"
    case .failure(.malformed): "malformed"
    case .failure(.cancelled): "cancelled"
    }
  }
}
