import Captions
import Judging
import Synchronization

/// A judge that answers when the test lets it.
final class HeldJudge: CaptionJudge {
  let kind = "held"
  /// Whether the model is known; if not, `version` is nil.
  let isKnown = Mutex(true)
  var version: String? { isKnown.withLock { $0 ? "1" : nil } }
  let concurrency: Int

  private struct State {
    var waiting: [[UInt8]: CheckedContinuation<Result<Judgement, ModelFailure>, Never>] = [:]
    var released: [[UInt8]: Result<Judgement, ModelFailure>] = [:]
    var cancelled = 0
  }
  private let state = Mutex(State())

  init(concurrency: Int) { self.concurrency = concurrency }

  /// Number of judgements that the caller cancelled.
  var cancelledCount: Int { state.withLock { $0.cancelled } }

  func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state in
          if state.released[caption] == nil { state.waiting[caption] = continuation }
          return state.released[caption]
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      state.withLock { $0.cancelled += 1 }
      release(caption, .failure(.cancelled))
    }
    return try result.get()
  }

  func release(_ caption: [UInt8], _ result: Result<Judgement, ModelFailure>) {
    let continuation = state.withLock { state in
      state.released[caption] = result
      return state.waiting.removeValue(forKey: caption)
    }
    continuation?.resume(returning: result)
  }
}
