import Runtime
import Tensor
import Testing
import Transport

@testable import Wire

/// Decompression restores every tensor, and content that is not a compressed tensor is refused.
@Suite struct CompressionTests {
  static let shapes = [[1], [2], [7, 3], [5, 2, 24], [33, 16, 536], [1, 1, 1], [4_096, 3]]

  @Test(arguments: shapes) func everyTensorSurvives(shape: [Int]) throws {
    for type in [ScalarType.uint8, .int16, .int32, .int64, .float32] {
      for original in [tensor(.observations, type, shape), zeros(type, shape), noise(type, shape)] {
        let compressed = TensorCompressor().compress(original)
        #expect(compressed.frame.count <= original.frame.count)
        #expect(compressed.encoding == .plain || compressed.frame.count < original.frame.count)
        #expect(compressed.byteCount == original.frame.count)
        #expect(throws: Never.self) { try compressed.check(testLimits) }
        let plain = try TensorDecompressor().plain(compressed, limits: testLimits)
        #expect(plain.encoding == .plain && plain.name == original.name)
        #expect(plain.type == original.type && plain.shape == original.shape)
        #expect(plain.frame.copiedBytes() == original.frame.copiedBytes())
        #expect(compressed.encoding == .plain || plain.frame.isAligned(to: TensorFrame.alignment))
      }
    }
  }

  @Test func whatRepeatsBecomesSmallAndWhatDoesNotStaysPlain() {
    let compressor = TensorCompressor()
    let repeated = compressor.compress(zeros(.uint8, [33, 16, 536]))
    #expect(repeated.encoding == .zstandard && repeated.frame.count < 100)
    let random = noise(.float32, [512])
    let same = compressor.compress(random)
    #expect(same.encoding == .plain && same.frame === random.frame)
    // What is compressed already is not compressed again.
    #expect(compressor.compress(repeated).frame === repeated.frame)
  }

  @Test func oneCompressorAndOneDecompressorServeManyTensors() throws {
    let (compressor, decompressor) = (TensorCompressor(), TensorDecompressor())
    for steps in [40, 3, 200, 1, 64] {
      for original in trajectoryTensors(steps, 4) {
        let plain = try decompressor.plain(compressor.compress(original), limits: testLimits)
        #expect(plain.frame.copiedBytes() == original.frame.copiedBytes())
      }
    }
  }

  @Test func plainTensorsAreNotCopied() throws {
    let original = tensor(.rewards, .float32, [3, 2])
    #expect(try TensorDecompressor().plain(original, limits: testLimits).frame === original.frame)
  }

  @Test func contentOfAnotherSizeIsRefused() throws {
    let original = zeros(.uint8, [9, 2, 24])
    let frame = TensorCompressor().compress(original).frame
    for shape in [[9, 2, 23], [9, 2, 25], [9, 2, 24, 1_000], [432, 2]] {
      expectInvalid(TensorFrame(.observations, .uint8, shape, frame, encoding: .zstandard))
    }
    // Two frames of half the size state a size that is not theirs together.
    let half = TensorCompressor().compress(zeros(.uint8, [9, 24])).frame.copiedBytes()
    expectInvalid(TensorFrame(.observations, .uint8, [9, 2, 24], Frame(bytes: half + half), encoding: .zstandard))
    let whole = frame.copiedBytes()
    expectInvalid(TensorFrame(.observations, .uint8, [9, 2, 24], Frame(bytes: whole + half), encoding: .zstandard))
  }

  /// A shape beyond the limits is refused before memory is taken for it.
  @Test func sizesBeyondTheLimitsAreRefused() throws {
    let frame = TensorCompressor().compress(zeros(.uint8, [64])).frame
    for shape in [[1 << 40], [1 << 31, 1 << 31, 4]] {
      let error = #expect(throws: WireError.self) {
        try TensorDecompressor().plain(
          TensorFrame(.observations, .uint8, shape, frame, encoding: .zstandard), limits: testLimits)
      }
      guard case .beyondLimit("observations", _, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    var limits = testLimits
    let tensors = compressed(trajectoryTensors(9, 2))
    limits.maximumMessageBytes = tensors.reduce(0) { $0 + $1.byteCount } - 1
    let message = Envelope(sequence: 1, message: .trajectory(trajectory(9, 2)), tensors: tensors)
    let error = #expect(throws: WireError.self) { try WireCodec(limits: limits).encode(message) }
    guard case .beyondLimit("message", _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func trafficIsCounted() {
    var traffic = TrajectoryTraffic()
    #expect(traffic.bytesPerFrame == nil && traffic.compressionRatio == nil && traffic.summary == nil)
    let plain = trajectoryTensors(1, 1)
    let bytes = plain.reduce(0) { $0 + $1.frame.count }
    traffic.add(frames: 2, headerBytes: 10, plain)
    #expect(traffic.bytesPerFrame == Double(bytes + 10) / 2)
    #expect(traffic.compressionRatio == 1)
    let before = traffic
    let small = TensorCompressor().compress(zeros(.uint8, [1_000]))
    traffic.add(frames: 1, headerBytes: 10, [small])
    #expect(traffic.since(before).bytesPerFrame == Double(small.frame.count + 10))
    #expect(traffic.since(before).compressionRatio == 1_010 / Double(small.frame.count + 10))
    #expect(traffic.summary?.hasPrefix("3 frames at ") == true)
  }

  @Test func aPolicyIsNeverCompressed() throws {
    let parameters = TensorCompressor().compress(zeros(.float32, [100], name: .parameters))
    #expect(parameters.encoding == .zstandard)
    let error = #expect(throws: WireError.self) {
      try codec.encode(Envelope(sequence: 1, message: .snapshot(Snapshot(version: 1)), tensors: [parameters]))
    }
    #expect(error == .invalid(field: "parameters.encoding", reason: "zstandard instead of plain"))
  }

  @Test func everyTruncationIsRefused() {
    let frame = TensorCompressor().compress(tensor(.observations, .uint8, [33, 2, 24])).frame.copiedBytes()
    for count in frame.indices {
      expectInvalid(
        TensorFrame(.observations, .uint8, [33, 2, 24], Frame(bytes: Array(frame[..<count])), encoding: .zstandard))
    }
  }

  /// Damage is refused, or read as other elements of the same shape; nothing else happens. The memory behind the frame
  /// is exactly as large as the frame, so that reading past it would be found by a sanitizer.
  @Test(arguments: 0..<8) func mutationsNeverCrash(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let compressor = TensorCompressor()
    let decompressor = TensorDecompressor()
    let originals = [zeros(.uint8, [33, 4, 64]), sparse([33, 4, 64], &generator), sparse([5, 1, 300], &generator)]
    var refused = 0
    for round in 0..<4_000 {
      let original = originals[round % originals.count]
      var bytes = compressor.compress(original).frame.copiedBytes()
      for _ in 0...generator.below(3) { damage(&bytes, &generator) }
      let damaged = TensorFrame(
        .observations, .uint8, original.shape, Frame(bytes: bytes), encoding: .zstandard)
      do throws(WireError) {
        let plain = try decompressor.plain(damaged, limits: testLimits)
        #expect(plain.frame.count == original.byteCount)
      } catch {
        #expect(error.description.contains("observations"))
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  private func damage(_ bytes: inout [UInt8], _ generator: inout RandomGenerator) {
    guard !bytes.isEmpty else { return }
    // The head holds the sizes, so it is hit as often as all the rest.
    let position = generator.below(generator.below(2) == 0 ? min(12, bytes.count) : bytes.count)
    switch generator.below(5) {
    case 0: bytes[position] ^= 1 << UInt8(generator.below(8))
    case 1: bytes[position] = UInt8(generator.below(256))
    case 2: bytes.removeSubrange(position..<min(bytes.count, position + 1 + generator.below(8)))
    case 3: bytes.insert(contentsOf: (0...generator.below(8)).map { _ in UInt8(generator.below(256)) }, at: position)
    default: bytes.insert(contentsOf: bytes[position...], at: position)
    }
  }

  private func expectInvalid(_ tensor: TensorFrame, sourceLocation: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: WireError.self, sourceLocation: sourceLocation) {
      try TensorDecompressor().plain(tensor, limits: testLimits)
    }
    guard case .invalid("observations", _) = error else {
      Issue.record("\(String(describing: error))", sourceLocation: sourceLocation)
      return
    }
  }

  private func zeros(_ type: ScalarType, _ shape: [Int], name: TensorName = .observations) -> TensorFrame {
    TensorFrame(name, type, shape, Frame(bytes: Array(repeating: 0, count: shape.reduce(type.byteCount, *))))
  }

  private func noise(_ type: ScalarType, _ shape: [Int]) -> TensorFrame {
    var generator = RandomGenerator(seed: 3)
    let bytes = (0..<shape.reduce(type.byteCount, *)).map { _ in UInt8(generator.below(256)) }
    return TensorFrame(.observations, type, shape, Frame(bytes: bytes))
  }

  /// Mostly zeros, as consecutive observations are mostly alike.
  private func sparse(_ shape: [Int], _ generator: inout RandomGenerator) -> TensorFrame {
    let bytes = (0..<shape.reduce(1, *)).map { _ in
      generator.below(9) == 0 ? UInt8(generator.below(256)) : 0
    }
    return TensorFrame(.observations, .uint8, shape, Frame(bytes: bytes))
  }
}
