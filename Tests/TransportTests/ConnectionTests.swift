import Runtime
import TestSupport
import Testing

@testable import Transport

/// What the other end of a connection can do to a listening socket, and what it costs it.
@Suite struct ConnectionTests {
  /// A listening socket that the tests turn by hand.
  private final class Listener {
    let router: RouterSocket
    let port: UInt16
    private let poller = Poller()
    private(set) var ended: [EndedConnection] = []

    init(_ change: (inout ConnectionLimits) -> Void = { _ in }) throws {
      var limits = ConnectionLimits()
      // On a starved machine nobody is late; tests that want it say so.
      limits.newcomerSeconds = 600
      change(&limits)
      router = try RouterSocket(MessagingContext(), options: testOptions, limits: limits)
      try router.bind(Endpoint("127.0.0.1:0"))
      guard case .tcp(_, let port) = try router.boundEndpoint else { throw TransportError.misuse("no port") }
      self.port = port
      _ = poller.add(router)
    }

    /// Waits a little, and returns the next message.
    func turn() throws -> Multipart? {
      _ = try poller.wait(milliseconds: 10)
      defer { ended += router.takeEnded() }
      router.supervise(now: MonotonicClock.seconds)
      return try router.receive()
    }

    func message() throws -> Multipart { try outcome(Poller()) { try turn() } }

    /// The reasons for which the socket cut connections, once there are `count` of them.
    func cuts(_ count: Int) throws -> [String] {
      try outcome(Poller()) { () throws -> [String]? in
        #expect(try turn() == nil)
        let reasons = ended.compactMap(\.cutReason)
        return reasons.count >= count ? reasons : nil
      }
    }

    func raw(route: [UInt8] = []) throws -> RawConnection {
      let connection = try RawConnection(port: port)
      try connection.greet(route: route)
      return connection
    }
  }

  @Test func aPeerThatChoosesItsRoutingIDIsCut() throws {
    let listener = try Listener()
    let chooser = try listener.raw(route: [1, 2, 3])
    try chooser.send(frame: [65])
    #expect(try listener.cuts(1) == ["it chose its own routing id"])
    #expect(chooser.isCut(within: 5))
  }

  /// libzmq's first routing ids come from a rand() that nobody seeds. A peer that takes the ids to come made it abort.
  @Test func takingTheRoutingIDsToComeDoesNotEndTheProcess() async {
    await #expect(processExitsWith: .success) {
      let listener = try Listener()
      let firstOfUnseededRand: UInt32 = 0x6B8B_4567
      let takers = try (0..<50).map { step in
        try listener.raw(route: [0] + withUnsafeBytes(of: (firstOfUnseededRand + step).bigEndian) { Array($0) })
      }
      for number in UInt8(0)..<60 {
        let ordinary = try listener.raw()
        try ordinary.send(frame: [number])
        #expect(try listener.message().frames.map { $0.copiedBytes() } == [[number]])
      }
      #expect(takers.count == 50)
    }
  }

  /// libzmq reads a gigabyte a second, so a look every 50 ms let newcomers add 90 MB to a learner.
  @Test func newcomersAreLookedAtMoreOftenThanPeers() throws {
    let listener = try Listener()
    let peer = try listener.raw()
    try peer.send(frame: [1])
    let id = try listener.message().peer
    func secondsToNextLook() -> Double {
      let now = listener.router.nextSupervision
      listener.router.supervise(now: now)
      return listener.router.nextSupervision - now
    }
    #expect(secondsToNextLook() < 0.006)
    listener.router.admit(id, pendingBytes: 1 << 20)
    #expect(secondsToNextLook() > 0.04)
    let another = try listener.raw()
    try another.send(frame: [2])
    _ = try listener.message()
    #expect(secondsToNextLook() < 0.006)
  }

  @Test func aMessageWithoutEndIsCutAtTheLimit() throws {
    let listener = try Listener()
    let peer = try listener.raw()
    try peer.send(frame: [1])
    let limit = 1 << 20
    listener.router.admit(try listener.message().peer, pendingBytes: limit)
    let frames = Array([[UInt8]](repeating: [1, 1, 7], count: 20_000).joined())
    var sent = 0
    // What the system's buffers hold between two looks comes on top of the limit.
    while sent < 64 * limit, (try? peer.send(frames)) != nil {
      sent += frames.count
      #expect(try listener.turn() == nil)
    }
    #expect(sent < 32 * limit)
    #expect(try listener.cuts(1) == ["more than \(limit) bytes without a complete message"])
  }

  @Test func messagesThatAreTakenDoNotCount() throws {
    let listener = try Listener()
    let peer = try listener.raw()
    try peer.send(frame: [1])
    listener.router.admit(try listener.message().peer, pendingBytes: 4_096)
    for _ in 0..<2_000 {
      try peer.send(frame: [UInt8](repeating: 7, count: 100))
      #expect(try listener.message().frames[0].count == 100)
    }
    #expect(listener.ended.isEmpty)
  }

  @Test func newcomersThatSayNothingOrTooMuchAreCut() throws {
    let listener = try Listener {
      $0.newcomerSeconds = 0.3
      $0.newcomerBytes = 1_000
    }
    let silent = try listener.raw()
    #expect(try listener.cuts(1) == ["no Hello in 0 s"])
    #expect(silent.isCut(within: 5))
    let talkative = try listener.raw()
    for _ in 0..<20 { try? talkative.send(frame: [UInt8](repeating: 7, count: 200)) }
    _ = try outcome(Poller()) { () throws -> Bool? in
      _ = try listener.turn()
      return listener.ended.contains { $0.cutReason == "more than 1000 bytes without a complete Hello" } ? true : nil
    }
    let half = try RawConnection(port: listener.port)
    try half.send([0xFF, 0, 0])
    #expect(try listener.cuts(3).last == "no Hello in 0 s")
  }

  @Test func aCrowdOfNewcomersLosesItsOldest() throws {
    let listener = try Listener { $0.newcomers = 3 }
    let crowd = try (0..<5).map { _ in try listener.raw() }
    #expect(try listener.cuts(2) == Array(repeating: "3 connections have not said Hello", count: 2))
    #expect(crowd[0].isCut(within: 5) && crowd[1].isCut(within: 5) && !crowd[4].isCut(within: 0.1))
  }

  @Test func arrivalsOfOneAddressAreLimited() throws {
    let listener = try Listener {
      $0.arrivalsAtOnce = 3
      $0.arrivalsPerSecond = 0.01
    }
    let crowd = try (0..<4).map { _ in try RawConnection(port: listener.port) }
    #expect(try listener.cuts(1) == ["more than 0 connections a second from its address"])
    #expect(crowd[3].isCut(within: 5) && !crowd[0].isCut(within: 0.1))
  }

  @Test func aDismissedPeerStillGetsTheLastMessage() throws {
    let listener = try Listener()
    let peer = try listener.raw()
    try peer.send(frame: [1])
    let id = try listener.message().peer
    #expect(try listener.router.send([Frame(bytes: [9, 9])], to: id) == .sent)
    listener.router.dismiss(id)
    try peer.send(frame: [2])
    _ = try outcome(Poller()) { () throws -> Bool? in
      #expect(try listener.turn() == nil, "a dismissed peer is not heard")
      return listener.ended.isEmpty ? nil : true
    }
    #expect(listener.ended == [EndedConnection(peer: id, address: "127.0.0.1", cutReason: nil)])
    #expect(try peer.receive(4) == [0, 2, 9, 9])
    #expect(try listener.router.send([Frame(bytes: [1])], to: id) == .unreachable)
  }

  /// The system gives the descriptor of an ended connection to the next one.
  @Test func noConnectionSpeaksForAnother() throws {
    let listener = try Listener()
    var seen: Set<UInt64> = []
    for number in UInt8(0)..<40 {
      let peer = try listener.raw()
      try peer.send(frame: [number])
      let message = try listener.message()
      #expect(message.frames[0].copiedBytes() == [number])
      #expect(seen.insert(message.peer.connection).inserted)
    }
    _ = try outcome(Poller()) { () throws -> Bool? in
      _ = try listener.turn()
      return listener.ended.count >= 39 ? true : nil
    }
    #expect(listener.ended.allSatisfy { $0.peer != nil && $0.cutReason == nil })
  }
}
