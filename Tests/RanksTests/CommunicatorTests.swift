import Foundation
import Testing

@testable import Ranks

/// Runs `body` once for each rank, each on a thread of its own, and returns the results in the order of the ranks.
func onThreads<Result>(
  _ size: Int, _ body: @escaping (ThreadCommunicator) throws -> Result
) -> [Swift.Result<Result, any Error>] {
  let results = Results<Result>(size)
  let group = DispatchGroup()
  for communicator in ThreadCommunicator.make(size: size) {
    group.enter()
    let work = Work(body: body)
    let thread = Thread {
      results.set(communicator.rank, .init { try work.body(communicator) })
      group.leave()
    }
    thread.start()
  }
  group.wait()
  return results.all
}

/// `@unchecked Sendable` because each thread calls the body once, with its own communicator.
private struct Work<Result>: @unchecked Sendable {
  let body: (ThreadCommunicator) throws -> Result
}

/// `@unchecked Sendable` because a lock guards the results.
private final class Results<Result>: @unchecked Sendable {
  private let lock = NSLock()
  private var results: [Swift.Result<Result, any Error>?]

  init(_ size: Int) { results = Array(repeating: nil, count: size) }

  func set(_ rank: Int, _ result: Swift.Result<Result, any Error>) { lock.withLock { results[rank] = result } }
  var all: [Swift.Result<Result, any Error>] { lock.withLock { results.compactMap { $0 } } }
}

@Suite struct CommunicatorTests {
  @Test(arguments: [1, 2, 5])
  func rowsArriveInTheOrderOfTheRanks(size: Int) throws {
    let rows = onThreads(size) { ranks in
      let table = RankTable(ranks, capacity: 3)
      // Several exchanges in a row, of several widths: no rank reads what another one already writes for the next.
      var seen: [[Double]] = []
      for round in 0..<50 {
        let count = 1 + round % 3
        for column in 0..<count { table.own[column] = Double(1000 * round + 10 * ranks.rank + column) }
        try table.exchange(count)
        seen.append((0..<size).flatMap { rank in (0..<count).map { table[rank, $0] } })
      }
      return seen
    }
    for result in rows {
      for (round, row) in try result.get().enumerated() {
        let count = 1 + round % 3
        let expected = (0..<size).flatMap { rank in (0..<count).map { Double(1000 * round + 10 * rank + $0) } }
        #expect(row == expected)
      }
    }
  }

  @Test func sumsAreTheSameBitsEverywhere() throws {
    let size = 3
    let sums = onThreads(size) { ranks in
      let values = UnsafeMutablePointer<Float>.allocate(capacity: 4)
      defer { values.deallocate() }
      for index in 0..<4 { values[index] = Float(ranks.rank + 1) * 0.1 + Float(index) }
      try ranks.sum(values, count: 4)
      return (0..<4).map { values[$0] }
    }
    let first = try sums[0].get()
    for (index, sum) in first.enumerated() {
      #expect(sum == ((0.1 + Float(index)) + (0.2 + Float(index))) + (Float(3) * 0.1 + Float(index)))
    }
    for sum in sums { #expect(try sum.get() == first) }
  }

  @Test func bytesReachRankZeroAndComeFromIt() throws {
    let results = onThreads(3) { ranks in
      let up = try ranks.gather(Array(repeating: UInt8(ranks.rank), count: ranks.rank))
      let down = try ranks.broadcast(ranks.isFirst ? [7, 8] : [])
      let all = try ranks.all([UInt8(10 + ranks.rank)])
      return (up, down, all)
    }
    for (rank, result) in results.enumerated() {
      let (up, down, all) = try result.get()
      #expect(up == (rank == 0 ? [[], [1], [2, 2]] : []))
      #expect(down == [7, 8])
      #expect(all == [[10], [11], [12]])
    }
  }

  @Test func ranksAgree() throws {
    for yes in [nil, 0, 2] {
      for result in onThreads(3, { try $0.agreed($0.rank == yes) }) { #expect(try result.get() == (yes != nil)) }
    }
  }

  @Test func aFailureOfRankZeroReachesAll() {
    struct Mistake: Error {}
    let results = onThreads(3) { ranks in try ranks.fromFirst { throw Mistake() } }
    #expect(throws: Mistake.self) { try results[0].get() }
    for result in results.dropFirst() { #expect(throws: RankRefusal.self) { try result.get() } }
    for result in onThreads(3, { try $0.fromFirst { [1, 2] } }) { #expect((try? result.get()) == [1, 2]) }
  }

  @Test func aRankThatLeavesEndsTheWaitOfTheOthers() {
    let results = onThreads(3) { ranks in
      if ranks.rank == 1 { return ranks.leave() }
      _ = try ranks.agreed(true)
    }
    #expect(throws: Never.self) { try results[1].get() }
    for rank in [0, 2] { #expect(throws: RankError.self) { try results[rank].get() } }
  }

  @Test func alone() throws {
    let ranks = SingleLearner()
    #expect(!ranks.isShared && ranks.isFirst)
    #expect(try ranks.all([3]) == [[3]])
    #expect(try !ranks.agreed(false) && ranks.agreed(true))
    #expect(try ranks.fromFirst { [5] } == [5])
  }

  @Test func aProcessStartedAloneNeedsNoMPI() throws {
    #expect(try MPICommunicator.join(environment: [:]) == nil)
    #expect(try MPICommunicator.join(environment: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"]) == nil)
  }
}

@Suite struct RankBytesTests {
  @Test func whatIsWrittenIsRead() throws {
    var writer = RankWriter()
    writer.put(UInt32.max)
    writer.put(UInt64.max - 1)
    writer.put(Float(-1.5))
    writer.put(Double.pi)
    writer.put(text: Array("caption".utf8))
    let floats: [Float] = [1, .infinity, -2]
    floats.withUnsafeBufferPointer { writer.put(floats: $0) }

    var reader = RankReader(writer.bytes)
    #expect(try reader.uint32() == .max)
    #expect(try reader.uint64() == .max - 1)
    #expect(try reader.float() == -1.5)
    #expect(try reader.double() == .pi)
    #expect(try reader.text() == Array("caption".utf8))
    var read = [Float](repeating: 0, count: 3)
    try read.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
    #expect(read == floats)
    #expect(reader.isAtEnd)
  }

  @Test func bytesThatEndTooSoonAreAnError() {
    var writer = RankWriter()
    writer.put(text: [1, 2, 3])
    for count in 0..<writer.bytes.count {
      var reader = RankReader(Array(writer.bytes.prefix(count)))
      #expect(throws: RankError.self) { try reader.text() }
    }
    var huge = RankReader([0xFF, 0xFF, 0xFF, 0xFF])
    #expect(throws: RankError.self) { try huge.count(itemBytes: 4) }
    var short = RankReader([0, 0])
    var floats: [Float] = [0]
    #expect(throws: RankError.self) { try floats.withUnsafeMutableBufferPointer { try short.read(into: $0) } }
  }
}
