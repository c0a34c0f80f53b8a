import Synchronization

/// Items on their way from any number of threads to one reader, in order of arrival.
public final class Mailbox<Item: Sendable>: Sendable {
  /// The event that each item signals; nil if the reader polls.
  public let wakeUp: WakeUp?
  /// The largest number of items; nil if another rule bounds them, such as credits.
  public let capacity: Int?
  private let items = Mutex<[Item]>([])

  /// - Parameters:
  ///   - capacity: the largest number of items that wait; nil if the senders are bounded by another rule.
  ///   - wakeUp: signalled after each item.
  public init(capacity: Int?, wakeUp: WakeUp? = nil) {
    precondition((capacity ?? 1) > 0, "a mailbox holds at least one item")
    self.capacity = capacity
    self.wakeUp = wakeUp
  }

  /// Adds an item and signals the reader. Never blocks.
  /// - Returns: false if the mailbox is full; it then drops the item.
  @discardableResult
  public func put(_ item: Item) -> Bool {
    let fits = items.withLock { items in
      if let capacity, items.count >= capacity { return false }
      items.append(item)
      return true
    }
    if fits { wakeUp?.signal() }
    return fits
  }

  /// Removes and returns all items, and clears the wake-up. Called by the one reader.
  public func takeAll() -> [Item] {
    wakeUp?.clear()
    return items.withLock { items in
      defer { items.removeAll(keepingCapacity: true) }
      return items
    }
  }
}

/// One value that several threads read and change.
public final class SharedValue<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  public init(_ value: Value) { self.value = Mutex(value) }

  /// A copy of the value.
  public var current: Value { value.withLock { $0 } }

  /// Changes the value under the lock. `change` must be short.
  public func update<Result: Sendable>(_ change: (inout Value) throws -> Result) rethrows -> Result {
    try value.withLock { try change(&$0) }
  }

  /// Returns the value and leaves another one in its place.
  public func exchange(_ replacement: Value) -> Value {
    value.withLock { value in
      defer { value = replacement }
      return value
    }
  }
}
