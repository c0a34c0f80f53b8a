import Runtime
import Testing

@testable import Transport

@Suite struct FrameTests {
  final class Buffer {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: 100_000, alignment: 64)
    let released: WakeUp
    init(_ released: WakeUp) { self.released = released }
    deinit {
      pointer.deallocate()
      released.signal()
    }
  }

  @Test(arguments: [0, 1, 33, 34, 100_000]) func copiesKeepTheirBytes(count: Int) {
    let source = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let frame = Frame(bytes: source)
    #expect(frame.count == count)
    #expect(frame.copiedBytes() == source)
    #expect(source.withUnsafeBytes { Frame(copying: $0) }.copiedBytes() == source)
  }

  @Test func aSharedFrameUsesTheOwnersMemoryAndReleasesItOnceEverybodyIsDone() throws {
    let context = try MessagingContext()
    let receiver = try RouterSocket(context, options: testOptions)
    try receiver.bind(Endpoint("127.0.0.1:0"))
    let sender = try DealerSocket(context, options: testOptions)
    try sender.connect(receiver.boundEndpoint)

    let released = try WakeUp()
    var buffer: Buffer? = Buffer(released)
    let poller = Poller()
    let token = poller.add(released)
    do {
      let owner = try #require(buffer)
      owner.pointer.initializeMemory(as: UInt8.self, repeating: 7, count: 100_000)
      let frame = Frame(owner: owner, pointer: owner.pointer, count: 100_000)
      #expect(frame.bytes.baseAddress == UnsafeRawPointer(owner.pointer))
      buffer = nil
      let outgoing = Poller()
      _ = outgoing.add(sender)
      try outcome(outgoing) { try sender.send([frame, frame]) == .sent ? true : nil }
      #expect(try !poller.wait(milliseconds: 0), "the frame itself still holds the owner")
    }
    let incoming = Poller()
    _ = incoming.add(receiver)
    let message = try outcome(incoming) { try receiver.receive() }
    #expect(message.frames.map(\.count) == [100_000, 100_000])
    #expect(message.frames.allSatisfy { $0.withBytes { $0.allSatisfy { $0 == 7 } } })
    _ = try outcome(poller) { poller.isReady(token) ? true : nil }
  }

  @Test func aPartIsAViewThatKeepsItsWholeAlive() {
    var whole: Frame? = Frame(bytes: Array(0..<200))
    weak let watched = whole?.owner
    var part: Frame? = whole?.part(10, 50)
    #expect(part?.whole === whole && part?.bytes.baseAddress == whole.flatMap { $0.bytes.baseAddress.map { $0 + 10 } })
    whole = nil
    #expect(watched != nil && part?.copiedBytes() == Array(10..<60))
    #expect(part?.part(5, 5).copiedBytes() == Array(15..<20))
    #expect(part?.hasSuccessor == false && part?.sourceDescriptor == nil && part?.key == nil)
    part = nil
    #expect(watched == nil)
  }

  @Test func aPartCanBeSent() throws {
    let context = try MessagingContext()
    let router = try RouterSocket(context, options: testOptions)
    try router.bind(.inproc("parts"))
    let dealer = try DealerSocket(context, options: testOptions)
    try dealer.connect(.inproc("parts"))
    let whole = Frame(bytes: Array(repeating: 1, count: 100) + Array(repeating: 2, count: 100))
    for (offset, count) in [(50, 100), (0, 200), (7, 0)] {
      #expect(try dealer.send([whole.part(offset, count), Frame(bytes: [3])]) == .sent)
      let received = try #require(try router.receive()).frames
      #expect(received.map { $0.copiedBytes() } == [Array(whole.copiedBytes()[offset..<(offset + count)]), [3]])
    }
  }

  @Test func alignmentIsMeasured() {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
    let context = FrameTests.Holder()
    #expect(Frame(owner: context, pointer: memory, count: 8).isAligned(to: 8))
    #expect(!Frame(owner: context, pointer: memory + 4, count: 8).isAligned(to: 8))
    #expect(Frame(owner: context, pointer: memory + 4, count: 8).isAligned(to: 4))
  }

  final class Holder {}
}
