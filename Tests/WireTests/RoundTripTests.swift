import Tensor
import Testing
import Trajectories
import Transport

@testable import Wire

@Suite struct RoundTripTests {
  @Test(arguments: samples.indices) func everyMessageSurvives(index: Int) throws {
    let sample = samples[index]
    let frames = try codec.encode(sample)
    #expect(frames.count == (sample.tensors.isEmpty ? 1 : 2))
    let decoded = try codec.decode(frames)
    #expect(decoded.sequence == sample.sequence && decoded.session == sample.session)
    #expect(decoded.message == sample.message)
    expectSameTensors(decoded.tensors, sample.tensors)
  }

  @Test func theSamplesCoverEveryKind() {
    var kinds: Set<String> = []
    for sample in samples { kinds.insert(String(describing: sample.message).prefix { $0 != "(" }.description) }
    #expect(kinds.count == 18)
  }

  @Test func tensorsOfOneFrameAreNotCopied() throws {
    let layout = PackedLayout(samples[4].tensors.map(\.frame.count))
    let whole = Frame(bytes: Array(repeating: 7, count: layout.byteCount))
    let parts = zip(samples[4].tensors, layout.places).map { tensor, place in
      TensorFrame(tensor.name, tensor.type, tensor.shape, whole.part(place.offset, place.byteCount))
    }
    let envelope = Envelope(sequence: 1, message: samples[4].message, tensors: parts)
    let frames = try codec.encode(envelope)
    #expect(frames.count == 2 && frames[1] === whole)
    #expect(try codec.decode(frames).tensors.allSatisfy { $0.frame.whole === whole })
    // One tensor that lies elsewhere, and all of them are copied together.
    var moved = parts
    moved[3] = samples[4].tensors[3]
    let copied = try codec.encode(Envelope(sequence: 1, message: samples[4].message, tensors: moved))
    #expect(!(copied[1] === whole) && copied[1].count == whole.count)
    expectSameTensors(try codec.decode(copied).tensors, moved)
  }

  @Test func aTensorAloneIsItsFrame() throws {
    let large = Envelope(
      sequence: 1, message: .snapshot(Snapshot(version: 1)), tensors: [tensor(.parameters, .float32, [100_000])])
    let encoded = try codec.encode(large)
    #expect(encoded[1] === large.tensors[0].frame)
    #expect(try codec.decode(encoded).tensors[0].frame === encoded[1])
  }

  @Test func theGapsBetweenTensorsAreZero() throws {
    let frames = try codec.encode(samples[4])
    let layout = PackedLayout(samples[4].tensors.map(\.frame.count))
    var bytes = frames[1].copiedBytes()
    for place in layout.places {
      bytes.replaceSubrange(
        place.offset..<(place.offset + place.byteCount), with: repeatElement(0, count: place.byteCount))
    }
    #expect(layout.places.allSatisfy { $0.offset % TensorFrame.alignment == 0 })
    #expect(bytes.allSatisfy { $0 == 0 })
  }

  @Test(arguments: 0..<16) func anUnalignedFrameIsMoved(offset: Int) throws {
    final class Memory {
      let start = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 64)
      deinit { start.deallocate() }
    }
    let sample = samples[4]
    let frames = try codec.encode(sample)
    let memory = Memory()
    frames[1].withBytes { (memory.start + offset).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    let received = Frame(owner: memory, pointer: memory.start + offset, count: frames[1].count)
    let decoded = try codec.decode([frames[0], received])
    expectSameTensors(decoded.tensors, sample.tensors)
    for tensor in decoded.tensors {
      #expect(tensor.frame.isAligned(to: TensorFrame.alignment))
      #expect((tensor.frame.whole === received) == (offset % TensorFrame.alignment == 0))
    }
  }

  @Test(arguments: ["127.0.0.1:0", "inproc://wire"]) func messagesSurviveASocket(endpoint: String) throws {
    let context = try MessagingContext()
    let router = try RouterSocket(context, options: SocketOptions(maximumFrameBytes: nil))
    try router.bind(Endpoint(endpoint))
    let dealer = try DealerSocket(context, options: SocketOptions(maximumFrameBytes: nil))
    try dealer.connect(router.boundEndpoint)
    let outgoing = Poller()
    _ = outgoing.add(dealer)
    let incoming = Poller()
    _ = incoming.add(router)
    for sample in samples {
      let frames = try codec.encode(sample)
      var sent = try dealer.send(frames) == .sent
      for _ in 0..<2_000 where !sent {
        _ = try outgoing.wait(milliseconds: 10)
        sent = try dealer.send(frames) == .sent
      }
      #expect(sent)
      var received = try router.receive()
      for _ in 0..<200 where received == nil {
        _ = try incoming.wait(milliseconds: 100)
        received = try router.receive()
      }
      let decoded = try codec.decode(#require(received).frames)
      #expect(decoded.message == sample.message)
      expectSameTensors(decoded.tensors, sample.tensors)
      #expect(
        decoded.tensors.allSatisfy { $0.encoding != .plain || $0.frame.isAligned(to: TensorFrame.alignment) })
    }
  }

  @Test func elementsAreReadInPlace() throws {
    let values: [Float] = [1, -2.5, .infinity]
    let frame = values.withUnsafeBytes { Frame(copying: $0) }
    let tensor = TensorFrame(.parameters, .float32, [3], frame)
    #expect(Array(UnsafeBufferPointer(start: tensor.pointer(as: Float.self), count: 3)) == values)
    #expect(tensor.elementCount == 3)
    withExtendedLifetime(frame) {}
  }

  @Test func textsForPersonsAreMadeOneLineAndCut() throws {
    let hostile = "bad name \"\u{1B}[2J\nfake line\u{0}\u{7F}\u{85}\" é"
    let refused = Refused(reason: .protocolViolation, text: hostile)
    #expect(refused.text == "bad name \"?[2J?fake line???\" é")
    let long = Goodbye(reason: .leaving, text: String(repeating: "é", count: WireLimits.maximumLineBytes))
    #expect(long.text.utf8.count == WireLimits.maximumLineBytes)
    for message in [Message.refused(refused), .goodbye(long)] {
      #expect(try codec.decode(codec.encode(Envelope(sequence: 1, message: message))).message == message)
    }
  }

  private func expectSameTensors(
    _ tensors: [TensorFrame], _ expected: [TensorFrame], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(tensors.map(\.name) == expected.map(\.name), sourceLocation: sourceLocation)
    #expect(tensors.map(\.type) == expected.map(\.type), sourceLocation: sourceLocation)
    #expect(tensors.map(\.shape) == expected.map(\.shape), sourceLocation: sourceLocation)
    #expect(tensors.map(\.encoding) == expected.map(\.encoding), sourceLocation: sourceLocation)
    let same = zip(tensors, expected).allSatisfy { $0.frame.copiedBytes() == $1.frame.copiedBytes() }
    #expect(same, sourceLocation: sourceLocation)
  }
}
