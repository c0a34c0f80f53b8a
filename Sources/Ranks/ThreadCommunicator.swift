import Foundation

/// Ranks that are threads of one process, for tests: each rank's thread has one of the communicators of `make`.
///
/// `@unchecked Sendable` because the condition guards all shared state, and each communicator is used by one thread.
public final class ThreadCommunicator: Communicator, @unchecked Sendable {
  /// What the threads share.
  private final class Meeting: @unchecked Sendable {
    let size: Int
    private let condition = NSCondition()
    private var arrived = 0
    private var round = 0
    private var isBroken = false
    /// What each rank brought to the current exchange.
    var numbers: [[Double]]
    var bytes: [[UInt8]]
    var values: [[Float]]

    init(size: Int) {
      self.size = size
      numbers = Array(repeating: [], count: size)
      bytes = numbers.map { _ in [] }
      values = numbers.map { _ in [] }
    }

    /// Changes the shared state, and waits until all ranks have done so.
    func meet(_ bring: () -> Void) throws(RankError) {
      condition.lock()
      defer { condition.unlock() }
      bring()
      arrived += 1
      let mine = round
      if arrived == size {
        arrived = 0
        round += 1
        condition.broadcast()
      }
      while round == mine, !isBroken { condition.wait() }
      if round == mine { throw RankError("another rank has ended") }
    }

    /// Ends the wait of all ranks: one will not come.
    func end() {
      condition.withLock {
        isBroken = true
        condition.broadcast()
      }
    }
  }

  public let rank: Int
  private let meeting: Meeting
  public var size: Int { meeting.size }

  private init(rank: Int, _ meeting: Meeting) {
    self.rank = rank
    self.meeting = meeting
  }

  /// The communicators of `size` ranks.
  public static func make(size: Int) -> [ThreadCommunicator] {
    precondition(size > 0, "\(size) ranks")
    let meeting = Meeting(size: size)
    return (0..<size).map { ThreadCommunicator(rank: $0, meeting) }
  }

  public func gather(
    _ own: UnsafePointer<Double>, count: Int, into all: UnsafeMutablePointer<Double>
  ) throws(RankError) {
    let row = Array(UnsafeBufferPointer(start: own, count: count))
    try meeting.meet { meeting.numbers[rank] = row }
    for (index, number) in meeting.numbers.joined().enumerated() { all[index] = number }
    // Nobody begins the next exchange while another one still reads.
    try meeting.meet {}
  }

  public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) throws(RankError) {
    let own = Array(UnsafeBufferPointer(start: values, count: count))
    try meeting.meet { meeting.values[rank] = own }
    for index in 0..<count {
      var sum = meeting.values[0][index]
      for other in 1..<size { sum += meeting.values[other][index] }
      values[index] = sum
    }
    try meeting.meet {}
  }

  public func gather(_ bytes: [UInt8]) throws(RankError) -> [[UInt8]] {
    try meeting.meet { meeting.bytes[rank] = bytes }
    let all = rank == 0 ? meeting.bytes : []
    try meeting.meet {}
    return all
  }

  public func broadcast(_ bytes: [UInt8]) throws(RankError) -> [UInt8] {
    try meeting.meet { if rank == 0 { meeting.bytes[0] = bytes } }
    let first = meeting.bytes[0]
    try meeting.meet {}
    return first
  }

  public func finish() throws(RankError) { try meeting.meet {} }

  /// The rank ends without `finish`, as a process that dies: the calls of all others throw.
  public func leave() { meeting.end() }
}
