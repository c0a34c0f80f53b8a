import Runtime
import Testing

@testable import Transport

@Suite struct SocketTests {
  /// A learner and a peer over one kind of address.
  struct Pair {
    let context: MessagingContext
    let router: RouterSocket
    let dealer: DealerSocket
    let routerPoller = Poller()
    let dealerPoller = Poller()

    init(_ endpoint: String) throws {
      context = try MessagingContext()
      router = try RouterSocket(context, options: testOptions)
      try router.bind(Endpoint(endpoint))
      dealer = try DealerSocket(context, options: testOptions)
      try dealer.connect(router.boundEndpoint)
      _ = routerPoller.add(router)
      _ = dealerPoller.add(dealer)
    }

    func send(_ frames: [Frame]) throws {
      try outcome(dealerPoller) { try dealer.send(frames) == .sent ? true : nil }
    }
  }

  @Test(arguments: ["127.0.0.1:0", "localhost:0", "inproc://round-trip"])
  func messagesTravelBothWays(endpoint: String) throws {
    let pair = try Pair(endpoint)
    #expect(try pair.router.receive() == nil)
    try pair.send(frames("hello", "", "world"))
    let request = try outcome(pair.routerPoller) { try pair.router.receive() }
    #expect(request.texts == ["hello", "", "world"])
    #expect(request.peer.route.count == 5 && request.peer.connection > 0)
    #expect(request.droppedFrames == 0)

    let reply = frames("welcome")
    #expect(try pair.router.send(reply, to: request.peer) == .sent)
    #expect(try pair.router.send(reply, to: request.peer) == .sent, "a frame can be sent again")
    for _ in 0..<2 {
      let answer = try outcome(pair.dealerPoller) { try pair.dealer.receive() }
      #expect(answer.texts == ["welcome"])
      #expect(answer.peer.route.isEmpty)
    }
  }

  @Test func unknownPeersAreUnreachable() throws {
    let pair = try Pair("127.0.0.1:0")
    #expect(try pair.router.send(frames("x"), to: PeerID([1, 2, 3, 4, 5])) == .unreachable)
    // A refused message leaves nothing behind that would join the next one.
    try pair.send(frames("ping"))
    let peer = try outcome(pair.routerPoller) { try pair.router.receive() }.peer
    #expect(try pair.router.send(frames("a", "b"), to: PeerID([9])) == .unreachable)
    #expect(try pair.router.send(frames("c", "d"), to: peer) == .sent)
    #expect(try outcome(pair.dealerPoller) { try pair.dealer.receive() }.texts == ["c", "d"])
  }

  @Test func aPeerWithoutConnectionIsFull() throws {
    let context = try MessagingContext()
    let listener = try RouterSocket(context, options: testOptions)
    try listener.bind(Endpoint("127.0.0.1:0"))
    let dealer = try DealerSocket(context, options: testOptions)
    #expect(try dealer.send(frames("x")) == .full)
    #expect(throws: TransportError.self) { try dealer.send([]) }
  }

  @Test func theHighWaterMarkStopsTheSender() throws {
    let context = try MessagingContext()
    var options = testOptions
    options.sendHighWaterMark = 3
    options.receiveHighWaterMark = 2
    let router = try RouterSocket(context, options: options)
    try router.bind(Endpoint("inproc://marks"))
    let dealer = try DealerSocket(context, options: options)
    try dealer.connect(Endpoint("inproc://marks"))
    // Over inproc the two marks add up.
    for _ in 0..<5 { #expect(try dealer.send(frames("a", "b")) == .sent) }
    #expect(try dealer.send(frames("a", "b")) == .full)
    var count = 0
    while let message = try router.receive() {
      #expect(message.texts == ["a", "b"])
      count += 1
    }
    #expect(count == 5)
  }

  @Test func framesBeyondTheLimitAreDroppedAndTheNextMessageIsWhole() throws {
    let pair = try Pair("127.0.0.1:0")
    let limit = Multipart.maximumFramesPerMessage
    try pair.send((0..<(limit + 5)).map { Frame(bytes: [UInt8($0)]) })
    try pair.send(frames("next"))
    let first = try outcome(pair.routerPoller) { try pair.router.receive() }
    #expect(first.frames.map { $0.copiedBytes()[0] } == (0..<UInt8(limit)).map { $0 })
    #expect(first.droppedFrames == 5)
    #expect(try outcome(pair.routerPoller) { try pair.router.receive() }.texts == ["next"])
  }

  @Test func aFrameBeyondTheByteLimitCutsTheConnection() throws {
    let context = try MessagingContext()
    var options = testOptions
    options.maximumFrameBytes = 10_000
    let router = try RouterSocket(context, options: options)
    try router.bind(Endpoint("127.0.0.1:0"))
    let dealer = try DealerSocket(context, options: testOptions)
    let monitor = try dealer.monitor()
    try dealer.connect(router.boundEndpoint)
    let poller = Poller()
    _ = poller.add(monitor)
    try outcome(poller) { try monitor.next() == .established ? true : nil }
    #expect(try dealer.send([Frame(count: 10_001) { $0.initializeMemory(as: UInt8.self, repeating: 0) }]) == .sent)
    try outcome(poller) { try monitor.next() == .disconnected ? true : nil }
    #expect(try router.receive() == nil)
  }

  @Test func aPortInUseIsNamed() throws {
    let context = try MessagingContext()
    let first = try RouterSocket(context, options: testOptions)
    try first.bind(Endpoint("127.0.0.1:0"))
    let taken = try first.boundEndpoint
    guard case .tcp(host: "127.0.0.1", port: 1...) = taken else {
      Issue.record("bound to \(taken)")
      return
    }
    let second = try RouterSocket(context, options: testOptions)
    let error = #expect(throws: TransportError.addressInUse(taken.description)) { try second.bind(taken) }
    #expect(error?.description.contains(taken.description) == true)
  }

  @Test func addressesThatOtherMachinesReachNeedKeys() throws {
    let context = try MessagingContext()
    let router = try RouterSocket(context, options: testOptions)
    for address in ["0.0.0.0:0", "*:0", "[::]:0", "10.0.0.1:0"] {
      #expect(throws: TransportError.keysRequired(address)) { try router.bind(Endpoint(address)) }
    }
    let dealer = try DealerSocket(context, options: testOptions)
    #expect(throws: TransportError.keysRequired("learner.example.org:5555")) {
      try dealer.connect(Endpoint("learner.example.org:5555"))
    }
  }

  @Test func anAddressOfNoInterfaceIsRefusedByName() throws {
    let context = try MessagingContext()
    let authenticator = try Authenticator(context, allowing: AllowList([:]))
    let router = try RouterSocket(
      context, options: testOptions, security: .curve(CurveKeyPair.generate(), authenticator))
    let error = #expect(throws: TransportError.self) { try router.bind(Endpoint("192.0.2.1:0")) }
    #expect(error?.description.contains("192.0.2.1:0") == true)
  }

  @Test func aWakeUpIsOneEventHoweverOftenItIsSignalled() throws {
    let wakeUp = try WakeUp()
    let poller = Poller()
    let token = poller.add(wakeUp)
    #expect(try !poller.wait(milliseconds: 0))
    wakeUp.signal()
    wakeUp.signal()
    #expect(try poller.wait(milliseconds: 0))
    #expect(poller.isReady(token))
    wakeUp.clear()
    #expect(try !poller.wait(milliseconds: 0))
    #expect(!poller.isReady(token))
  }

  /// The connection of a socket whose monitor has ended is lost: the context's other sockets work on.
  @Test func theEndOfAMonitorLeavesTheContextAlive() throws {
    let context = try MessagingContext()
    var learner: RouterSocket? = try RouterSocket(try MessagingContext(), options: testOptions)
    try learner?.bind(Endpoint("127.0.0.1:0"))
    let dealer = try DealerSocket(context, options: testOptions)
    var monitor: SocketMonitor? = try dealer.monitor()
    try dealer.connect(try #require(learner).boundEndpoint)
    let poller = Poller()
    if let monitor { _ = poller.add(monitor) }
    let event = try outcome(poller) { () -> ConnectionEvent? in
      while let event = try monitor?.next() { if event == .established { return event } }
      return nil
    }
    #expect(event == .established)
    monitor = nil
    learner = nil

    let other = try RouterSocket(try MessagingContext(), options: testOptions)
    try other.bind(Endpoint("127.0.0.1:0"))
    let late = try DealerSocket(context, options: testOptions)
    try late.connect(other.boundEndpoint)
    let waiting = Poller()
    _ = waiting.add(other)
    #expect(try outcome(waiting) { try late.send(frames("hello")) == .sent ? true : nil })
    #expect(try outcome(waiting) { try other.receive() }.texts == ["hello"])
    withExtendedLifetime(dealer) {}
  }
}
