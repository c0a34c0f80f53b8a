import Runtime
import Tensor
import Testing
import Transport

@testable import Wire

/// Damaged messages are decoded or refused, and never do anything else.
@Suite struct MutationTests {
  static let mutationsPerSeed = 2_500

  @Test(arguments: 0..<8) func mutationsNeverCrash(seed: UInt64) throws {
    var generator = RandomGenerator(seed: seed)
    let originals = try samples.map { try codec.encode($0) }
    var decodedCount = 0
    for _ in 0..<Self.mutationsPerSeed {
      var frames = originals[generator.below(originals.count)]
      var header = frames[0].copiedBytes()
      for _ in 0...generator.below(3) { mutate(&header, originals, &generator) }
      frames[0] = Frame(bytes: header)
      if generator.below(8) == 0 { frames.remove(at: generator.below(frames.count)) }
      if generator.below(8) == 0 { frames.append(patterned(generator.below(64))) }
      guard let envelope = decoded(frames) else { continue }
      decodedCount += 1
      // What was understood can be said again, and means the same.
      let again = try codec.decode(codec.encode(envelope))
      #expect(again.message == envelope.message && again.sequence == envelope.sequence)
    }
    #expect(decodedCount > 0 && decodedCount < Self.mutationsPerSeed)
  }

  @Test func everyTruncationIsDecodedOrRefused() throws {
    for sample in samples {
      let frames = try codec.encode(sample)
      let header = frames[0].copiedBytes()
      for count in header.indices { _ = decoded([Frame(bytes: Array(header[..<count]))] + frames.dropFirst()) }
    }
  }

  private func decoded(_ frames: [Frame]) -> Envelope? {
    do throws(WireError) {
      return try codec.decode(frames)
    } catch {
      #expect(!error.description.isEmpty)
      return nil
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ originals: [[Frame]], _ generator: inout RandomGenerator) {
    guard !bytes.isEmpty else { return }
    let position = generator.below(bytes.count)
    switch generator.below(7) {
    case 0: bytes[position] ^= 1 << UInt8(generator.below(8))
    case 1: bytes[position] = UInt8(generator.below(256))
    case 2: bytes.removeSubrange(position..<min(bytes.count, position + 1 + generator.below(8)))
    case 3: bytes.insert(contentsOf: (0...generator.below(8)).map { _ in UInt8(generator.below(256)) }, at: position)
    case 4: bytes.replaceSubrange(position..., with: [0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
    case 5: bytes.insert(contentsOf: bytes[position...], at: position)
    default:
      let other = originals[generator.below(originals.count)][0].copiedBytes()
      bytes.insert(contentsOf: other[generator.below(other.count)...], at: position)
    }
  }
}
