/// What the learners of one run exchange. Each is one **rank**, a number from 0; rank 0 writes the run's files.
///
/// All ranks make the same calls in the same order, and each call returns when it has what it needs of the others. One thread
/// at a time uses a communicator. A call throws if the exchange fails; the rank must then end, which ends the run.
public protocol Communicator: AnyObject, Sendable {
  var rank: Int { get }
  /// Number of ranks, at least 1.
  var size: Int { get }

  /// Collects numbers of every rank at every rank.
  /// - Parameters:
  ///   - own: [count].
  ///   - all: [size, count], in the order of the ranks.
  func gather(_ own: UnsafePointer<Double>, count: Int, into all: UnsafeMutablePointer<Double>) throws(RankError)

  /// Replaces `values` by their sum over all ranks, the same bits at every rank.
  func sum(_ values: UnsafeMutablePointer<Float>, count: Int) throws(RankError)

  /// Collects bytes at rank 0.
  /// - Returns: the bytes of each rank, in the order of the ranks; at other ranks nothing.
  func gather(_ bytes: [UInt8]) throws(RankError) -> [[UInt8]]

  /// Passes bytes from rank 0 to all ranks.
  /// - Parameter bytes: read at rank 0 only.
  func broadcast(_ bytes: [UInt8]) throws(RankError) -> [UInt8]

  /// Ends the exchange; all ranks call it last.
  func finish() throws(RankError)
}

extension Communicator {
  /// Whether there are other ranks.
  public var isShared: Bool { size > 1 }
  /// Whether this rank writes the run's files.
  public var isFirst: Bool { rank == 0 }

  /// Whether any rank says yes.
  public func agreed(_ flag: Bool) throws(RankError) -> Bool {
    let table = RankTable(self, capacity: 1)
    table.own[0] = flag ? 1 : 0
    try table.exchange(1)
    return (0..<size).contains { table[$0, 0] != 0 }
  }

  /// Passes on what rank 0 makes. If it fails to, all ranks end the exchange and throw: rank 0 its own error, the others
  /// `RankRefusal`.
  /// - Parameter make: called at rank 0 only.
  public func fromFirst(_ make: () throws -> [UInt8]) throws -> [UInt8] {
    let answers = (made: UInt8(1), failed: UInt8(0))
    guard isFirst else {
      let bytes = try broadcast([])
      guard bytes.first != answers.made else { return Array(bytes.dropFirst()) }
      try finish()
      throw RankRefusal(description: String(decoding: bytes.dropFirst(), as: UTF8.self))
    }
    do {
      let bytes = try make()
      _ = try broadcast([answers.made] + bytes)
      return bytes
    } catch let error as RankError {
      throw error
    } catch {
      _ = try broadcast([answers.failed] + Array("\(error)".utf8))
      try finish()
      throw error
    }
  }

  /// Tells every rank what each one says, in the order of the ranks.
  public func all(_ bytes: [UInt8]) throws(RankError) -> [[UInt8]] {
    var writer = RankWriter()
    for part in try gather(bytes) { writer.put(text: part) }
    var reader = RankReader(try broadcast(writer.bytes))
    var parts: [[UInt8]] = []
    while !reader.isAtEnd { parts.append(try reader.text()) }
    guard parts.count == size else { throw RankError("\(parts.count) of \(size) ranks have answered") }
    return parts
  }
}

/// Rank 0 does not begin the run, for the reason that it gives.
public struct RankRefusal: Error, CustomStringConvertible, Sendable {
  public let description: String
}

/// The only learner of a run: nothing is exchanged.
public final class SingleLearner: Communicator {
  public init() {}

  public var rank: Int { 0 }
  public var size: Int { 1 }

  public func gather(_ own: UnsafePointer<Double>, count: Int, into all: UnsafeMutablePointer<Double>) {
    all.update(from: own, count: count)
  }

  public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) {}
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] { bytes }
  public func finish() {}
}

/// A row of numbers of each rank, exchanged in memory that is allocated once. Used by one thread at a time.
public final class RankTable {
  private let ranks: any Communicator
  private let all: UnsafeMutablePointer<Double>
  private var count = 0
  /// Numbers that fit into a row.
  public let capacity: Int
  /// This rank's row, to be written before `exchange`.
  public let own: UnsafeMutablePointer<Double>

  public init(_ ranks: any Communicator, capacity: Int) {
    precondition(capacity > 0, "a row of \(capacity) numbers")
    self.ranks = ranks
    self.capacity = capacity
    own = .allocate(capacity: capacity)
    own.initialize(repeating: 0, count: capacity)
    all = .allocate(capacity: capacity * ranks.size)
    all.initialize(repeating: 0, count: capacity * ranks.size)
  }

  deinit {
    own.deallocate()
    all.deallocate()
  }

  /// Exchanges the first `count` numbers of each rank's row.
  public func exchange(_ count: Int) throws(RankError) {
    precondition(count <= capacity, "\(count) numbers in a row of \(capacity)")
    self.count = count
    try ranks.gather(own, count: count, into: all)
  }

  /// Number `column` of the row of `rank`, since the latest exchange.
  public subscript(rank: Int, column: Int) -> Double { all[rank * count + column] }

  /// Sum of `column` over the ranks, in their order.
  public func sum(_ column: Int) -> Double {
    var sum = 0.0
    for rank in 0..<ranks.size { sum += self[rank, column] }
    return sum
  }
}
