import Runtime
import Testing
import Trajectories
import Transport

@testable import Wire

@Suite struct SessionCaptionsTests {
  /// What a receiver knows of a session: `texts[n - 1]` is the caption with the number n.
  private struct Receiver {
    var texts: [[UInt8]] = []

    /// The texts of a trajectory's steps.
    mutating func take(_ message: (tensors: [TensorFrame], texts: [[UInt8]]), first: UInt32) -> [[UInt8]?] {
      #expect(Int(first) == texts.count + 1)
      texts += message.texts
      let tensor = message.tensors[0]
      let numbers = UnsafeBufferPointer(start: tensor.pointer(as: UInt32.self), count: tensor.elementCount)
      return withExtendedLifetime(tensor) { numbers.map { $0 == 0 ? nil : texts[Int($0) - 1] } }
    }
  }

  private func tensors(_ ids: [UInt32]) -> [TensorFrame] {
    let frame = Frame(bytes: ids.withUnsafeBytes(Array.init))
    return [TensorFrame(TensorName(Step.captions.tensor), Step.captions.tensor.type, [ids.count, 1], frame)]
  }

  private func text(_ id: UInt32) -> [UInt8] { Array("caption \(id)".utf8) }

  /// Whatever is sent, kept for later or forgotten, a receiver reads each step's own text.
  @Test func aReceiverReadsTheTextsOfTheSender() {
    var generator = RandomGenerator(seed: 5)
    var (sender, receiver) = (SessionCaptions(), Receiver())
    for _ in 0..<2_000 {
      if generator.below(50) == 0 {
        sender.beginSession()
        receiver = Receiver()
      }
      let ids = (0..<8).map { _ in UInt32(generator.below(300)) }
      let first = sender.first
      let message = sender.renumber(tensors(ids), limits: testLimits, text: text)
      if generator.below(4) == 0 {
        sender.kept()
      } else {
        sender.sent()
        #expect(receiver.take(message, first: first) == ids.map { $0 == 0 ? nil : text($0) })
      }
    }
    #expect(sender.leftOut == 0)
  }

  /// A million captions of earlier sessions are not told again: a new session tells what it uses.
  @Test func aNewSessionTellsOnlyWhatItUses() {
    var sender = SessionCaptions()
    for start in stride(from: UInt32(1), to: 1_000_000, by: 50_000) {
      _ = sender.renumber(tensors(Array(start..<start + 50_000)), limits: testLimits, text: text)
      sender.sent()
    }
    sender.beginSession()
    let message = sender.renumber(tensors([999_000, 3, 0, 3]), limits: testLimits, text: text)
    #expect(message.texts == [text(999_000), text(3)] && sender.first == 1)
    var receiver = Receiver()
    #expect(receiver.take(message, first: 1) == [text(999_000), text(3), nil, text(3)])
  }

  /// The longest captions that one unroll can show fit a message; those beyond count as none, and are told by a later one.
  @Test func aMessageCarriesWhatFits() throws {
    var (sender, receiver) = (SessionCaptions(), Receiver())
    let long = { (id: UInt32) in Array(String(id).utf8) + [UInt8](repeating: 7, count: 250 - String(id).count) }
    let ids = Array(1...UInt32(40_000))
    let first = sender.renumber(tensors(ids), limits: testLimits, text: long)
    #expect(first.texts.count > 12_000 && sender.leftOut == 40_000 - first.texts.count)
    var header = trajectory()
    (header.firstCaption, header.captions) = (1, first.texts)
    let message = Message.trajectory(header)
    #expect(throws: Never.self) {
      try codec.encode(Envelope(sequence: 1, message: message, tensors: trajectoryTensors(3, 2), session: 1))
    }
    sender.sent()
    let read = receiver.take(first, first: 1)
    #expect(read.prefix(first.texts.count).elementsEqual(ids.prefix(first.texts.count).map(long)) { $0 == $1 })
    #expect(read.dropFirst(first.texts.count).allSatisfy { $0 == nil })
    let next = sender.first
    let second = sender.renumber(tensors([40_000, 1]), limits: testLimits, text: long)
    #expect(receiver.take(second, first: next) == [long(40_000), long(1)])
  }
}
