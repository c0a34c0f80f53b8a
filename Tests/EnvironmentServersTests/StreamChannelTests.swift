import Glibc
import Testing
import Transport

@testable import EnvironmentServers

struct StreamChannelTests {
  private final class Pair {
    let channel: StreamChannel
    let other: Int32

    init(maximumDataBytes: Int = 1 << 20) {
      var ends: [Int32] = [-1, -1]
      let status = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
      precondition(status == 0, "no socket pair")
      channel = StreamChannel(descriptor: ends[0], maximumDataBytes: maximumDataBytes)
      other = ends[1]
    }

    deinit { close(other) }

    func write(_ bytes: [UInt8]) { _ = bytes.withUnsafeBytes { Glibc.write(other, $0.baseAddress, $0.count) } }
  }

  private func message(_ header: [UInt8], _ data: [UInt8]) -> [UInt8] {
    [UInt32(header.count), UInt32(data.count)].withUnsafeBytes { Array($0) } + header + data
  }

  @Test func messagesArriveWholeHoweverTheyWereCut() throws {
    let pair = Pair()
    let large = (0..<150_000).map { UInt8(truncatingIfNeeded: $0) }
    let stream = message([1, 2], [3]) + message([4], []) + message([], large) + message([5], [6, 7])
    var found: [[UInt8]] = []
    for start in stride(from: 0, to: stream.count, by: 7_919) {
      pair.write(Array(stream[start..<min(start + 7_919, stream.count)]))
      while let (header, data) = try pair.channel.receive() {
        found.append(header.copiedBytes())
        found.append(data?.copiedBytes() ?? [])
      }
    }
    #expect(found == [[1, 2], [3], [4], [], [], large, [5], [6, 7]])
  }

  @Test func aRequestHasItsSizesFirst() throws {
    let pair = Pair()
    try pair.channel.send(header: Frame(bytes: [9, 8]), data: Frame(bytes: [7]))
    try pair.channel.send(header: Frame(bytes: [1]), data: nil)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(pair.other, &bytes, bytes.count, 0)
    #expect(Array(bytes[..<count]) == message([9, 8], [7]) + message([1], []))
  }

  @Test func endsAndImpossibleSizesAreProblems() throws {
    let tooLarge = Pair(maximumDataBytes: 10)
    tooLarge.write([1, 0, 0, 0, 11, 0, 0, 0])
    #expect(throws: ServerProblem.self) { try tooLarge.channel.receive() }
    let header = Pair()
    header.write([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
    #expect(throws: ServerProblem.self) { try header.channel.receive() }
    let ended = Pair()
    ended.write([1, 0, 0])
    shutdown(ended.other, Int32(SHUT_WR))
    #expect(throws: ServerProblem.self) { while try ended.channel.receive() == nil {} }
  }
}
