import Captions
import Environments
import Synchronization

/// This worker's caption table, shared by its rollout threads: text becomes a small integer at the step that shows it,
/// and travels once, with the first trajectory sent after.
public final class CaptionInterner: Sendable {
  /// Distinct captions a worker tells apart; later ones earn nothing and are counted.
  public static let maximumCaptions = 1_000_000

  private struct State {
    var table = CaptionTable()
    var overflowed = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  public init(maximumCaptions: Int = CaptionInterner.maximumCaptions) { limit = maximumCaptions }

  /// The caption's id in this worker, from 1; 0 for an empty caption or one beyond the table's bound.
  public func intern(_ caption: UnsafeBufferPointer<UInt8>) -> UInt32 {
    guard caption.count > 0 else { return 0 }
    return state.withLock { state in
      if let id = state.table.intern(caption, limit: limit)?.id { return id }
      state.overflowed += 1
      return 0
    }
  }

  /// Distinct captions so far; ids run from 1 to it.
  public var count: Int { state.withLock { $0.table.count } }

  /// Captions that found the table full.
  public var overflowed: Int { state.withLock { $0.overflowed } }

  /// The texts of ids `first` and up, at most `limit` of them.
  public func texts(from first: Int, limit: Int) -> [[UInt8]] {
    state.withLock { state in
      let end = min(state.table.count, first - 1 + limit)
      return first > end ? [] : (first...end).map { state.table.withBytes(of: UInt32($0)) { Array($0) } }
    }
  }
}
