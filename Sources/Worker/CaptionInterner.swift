import Captions
import Environments
import Synchronization

/// This worker's caption table, shared by its rollout threads: a caption's text becomes a small integer at the step that
/// shows it, and travels once, with the first trajectory after that.
public final class CaptionInterner: Sendable {
  /// Distinct captions of a worker. Further ones count as no caption, and their number is reported.
  public static let maximumCaptions = 1_000_000

  private struct State {
    var table = CaptionTable()
    var overflowed = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  public init(maximumCaptions: Int = CaptionInterner.maximumCaptions) { limit = maximumCaptions }

  /// The caption's id in this worker, from 1; 0 for an empty caption and for one that the full table does not have.
  public func intern(_ caption: UnsafeBufferPointer<UInt8>) -> UInt32 {
    guard caption.count > 0 else { return 0 }
    return state.withLock { state in
      if let id = state.table.intern(caption, limit: limit)?.id { return id }
      state.overflowed += 1
      return 0
    }
  }

  /// Distinct captions so far, which have the ids 1 ... count.
  public var count: Int { state.withLock { $0.table.count } }

  /// Sightings of captions that the full table does not have.
  public var overflowed: Int { state.withLock { $0.overflowed } }

  /// The texts of at most `limit` captions, from id `first` on.
  public func texts(from first: Int, limit: Int) -> [[UInt8]] {
    state.withLock { state in
      let end = min(state.table.count, first - 1 + limit)
      return first > end ? [] : (first...end).map { state.table.withBytes(of: UInt32($0)) { Array($0) } }
    }
  }
}
