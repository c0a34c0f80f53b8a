import Testing

@testable import Transport

@Suite struct CurveTests {
  /// A learner with keys, an authenticator, and whatever peer a test connects to it.
  struct Cluster {
    let context: MessagingContext
    let keys: CurveKeyPair
    let authenticator: Authenticator
    let router: RouterSocket
    let poller = Poller()

    init(allowing names: [CurvePublicKey: AllowedKey]) throws {
      context = try MessagingContext()
      keys = try CurveKeyPair.generate()
      authenticator = try Authenticator(context, allowing: AllowList(names))
      router = try RouterSocket(context, options: testOptions, security: .curve(keys, authenticator))
      try router.bind(Endpoint("127.0.0.1:0"))
      _ = poller.add(authenticator)
      _ = poller.add(router)
    }

    func dealer(_ security: ConnectSecurity) throws -> (DealerSocket, SocketMonitor) {
      let dealer = try DealerSocket(context, options: testOptions, security: security)
      let monitor = try dealer.monitor()
      _ = poller.add(monitor)
      try dealer.connect(router.boundEndpoint)
      return (dealer, monitor)
    }

    /// The first event that decides about a connection, with the authenticator at work meanwhile.
    func verdict(_ monitor: SocketMonitor) throws -> (event: ConnectionEvent, refusals: [Authenticator.Refusal]) {
      var refusals: [Authenticator.Refusal] = []
      let event = try outcome(poller) { () -> ConnectionEvent? in
        try authenticator.pump { refusals.append($0) }
        while let event = try monitor.next() {
          if event != .connected && event != .retrying { return event }
        }
        return nil
      }
      return (event, refusals)
    }
  }

  @Test func anAllowedKeyIsLetInUnderItsName() throws {
    let own = try CurveKeyPair.generate()
    let cluster = try Cluster(allowing: [own.publicKey: AllowedKey(name: "alice")])
    let (dealer, monitor) = try cluster.dealer(.curve(own: own, learner: cluster.keys.publicKey))
    let (event, refusals) = try cluster.verdict(monitor)
    #expect(event == .established)
    #expect(refusals.isEmpty)
    #expect(try dealer.send(frames("secret")) == .sent)
    let message = try outcome(cluster.poller) { try cluster.router.receive() }
    #expect(message.texts == ["secret"])
    #expect(cluster.router.key(of: message.peer) == own.publicKey)
    #expect(cluster.router.address(of: message.peer) == "127.0.0.1")
  }

  @Test func anUnknownKeyIsRefusedAndReported() throws {
    let friend = try CurveKeyPair.generate()
    let stranger = try CurveKeyPair.generate()
    let cluster = try Cluster(allowing: [friend.publicKey: AllowedKey(name: "friend")])
    let (dealer, monitor) = try cluster.dealer(.curve(own: stranger, learner: cluster.keys.publicKey))
    let (event, refusals) = try cluster.verdict(monitor)
    #expect(event == .refused(status: 400))
    #expect(refusals == [Authenticator.Refusal(address: "127.0.0.1", key: stranger.publicKey, reason: .unknown)])
    #expect(cluster.authenticator.refusedCount == 1)
    #expect(try dealer.send(frames("x")) == .full)
    #expect(try cluster.router.receive() == nil)
  }

  @Test func anExpiredKeyIsRefusedByName() throws {
    let own = try CurveKeyPair.generate()
    let cluster = try Cluster(allowing: [own.publicKey: AllowedKey(name: "guest", expiry: 1_000_000_000)])
    let (dealer, monitor) = try cluster.dealer(.curve(own: own, learner: cluster.keys.publicKey))
    let (event, refusals) = try cluster.verdict(monitor)
    #expect(event == .refused(status: 400))
    #expect(refusals.map(\.description) == ["the connection from 127.0.0.1: the key guest has expired"])
    #expect(try dealer.send(frames("x")) == .full)
  }

  @Test func aKeyIsLetInOnceTheListHasIt() throws {
    let own = try CurveKeyPair.generate()
    let cluster = try Cluster(allowing: [:])
    let (first, refused) = try cluster.dealer(.curve(own: own, learner: cluster.keys.publicKey))
    #expect(try cluster.verdict(refused).event == .refused(status: 400))
    cluster.authenticator.allowList = AllowList([own.publicKey: AllowedKey(name: "late")])
    let (second, accepted) = try cluster.dealer(.curve(own: own, learner: cluster.keys.publicKey))
    #expect(try cluster.verdict(accepted).event == .established)
    #expect(try first.send(frames("x")) == .full)
    #expect(try second.send(frames("x")) == .sent)
  }

  @Test func aLearnerWithAnotherKeyIsNotTrusted() throws {
    let own = try CurveKeyPair.generate()
    let cluster = try Cluster(allowing: [own.publicKey: AllowedKey(name: "alice")])
    let (dealer, monitor) = try cluster.dealer(.curve(own: own, learner: CurveKeyPair.generate().publicKey))
    let (event, _) = try cluster.verdict(monitor)
    #expect(event == .handshakeFailed || event == .disconnected)
    #expect(try dealer.send(frames("x")) == .full)
    #expect(try cluster.router.receive() == nil)
  }

  @Test func aPeerWithoutKeysIsRefused() throws {
    let cluster = try Cluster(allowing: [:])
    let (dealer, monitor) = try cluster.dealer(.loopback)
    let (event, _) = try cluster.verdict(monitor)
    #expect(event == .otherMechanism)
    #expect(try dealer.send(frames("x")) == .full)
    #expect(try cluster.router.receive() == nil)
  }

  @Test func withKeysEveryAddressMayListen() throws {
    let context = try MessagingContext()
    let authenticator = try Authenticator(context, allowing: AllowList([:]))
    let router = try RouterSocket(
      context, options: testOptions, security: .curve(CurveKeyPair.generate(), authenticator))
    try router.bind(Endpoint("0.0.0.0:0"))
    #expect(try !router.boundEndpoint.isLoopback)
  }

  @Test func aContextHasOneAuthenticator() throws {
    let context = try MessagingContext()
    let first = try Authenticator(context, allowing: AllowList([:]))
    #expect(throws: TransportError.self) { try Authenticator(context, allowing: AllowList([:])) }
    #expect(first.refusedCount == 0)
  }

  @Test func requestsThatAreNotUnderstoodAreNotAllowed() throws {
    let context = try MessagingContext()
    let own = try CurveKeyPair.generate()
    let authenticator = try Authenticator(context, allowing: AllowList([own.publicKey: AllowedKey(name: "alice")]))
    func status(_ parts: [String]) -> String {
      text(authenticator.answer(to: parts.map { Frame(bytes: Array($0.utf8)) }).reply[2])
    }
    #expect(status([]) == "500")
    #expect(status(["1.0"]) == "500")
    #expect(status(["2.0", "1", "tengu", "127.0.0.1", "", "NULL"]) == "500")
    #expect(status(["1.0", "1", "tengu", "127.0.0.1", "", "NULL"]) == "200")
    #expect(status(["1.0", "1", "tengu", "10.0.0.1", "", "NULL"]) == "400")
    #expect(status(["1.0", "1", "tengu", "127.0.0.1", "", "PLAIN", "user", "password"]) == "400")
    #expect(status(["1.0", "1", "tengu", "127.0.0.1", "", "CURVE"]) == "400")
    #expect(status(["1.0", "1", "tengu", "127.0.0.1", "", "CURVE", "short"]) == "400")
  }
}
