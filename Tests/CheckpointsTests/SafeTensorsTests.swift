import Foundation
import Runtime
import Testing

@testable import Checkpoints

/// The bytes of a file with this header and data.
private func file(_ header: String, data: Int = 0, declaredLength: UInt64? = nil) -> [UInt8] {
  let header = Array(header.utf8)
  let length = declaredLength ?? UInt64(header.count)
  return withUnsafeBytes(of: length.littleEndian, Array.init) + header + [UInt8](repeating: 1, count: data)
}

/// Why the bytes are refused, or nil if they are read.
private func refusal(_ bytes: [UInt8]) -> String? {
  do {
    _ = try SafeTensors.decode(bytes, file: "f")
    return nil
  } catch {
    return error.description
  }
}

private func one(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
  "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

@Suite struct SafeTensorsTests {
  static let sample = [
    NamedTensor("bytes", [1, 2, 3] as [UInt8]),
    NamedTensor("weights", shape: [2, 3], [1, -2, .infinity, 4, 5.5, -0.0] as [Float]),
    NamedTensor("moments", shape: [2, 1], [0.1, 1e300] as [Double]),
    NamedTensor("halves", shape: [3], [0.5, -65504, 0x1p-24] as [Float16]),
    NamedTensor("generator", [UInt64.max, 0, 1, 2]),
    NamedTensor("counts", [Int64.min, 7]),
    NamedTensor("ids", [UInt32.max]),
    NamedTensor("actions", [Int32.min]),
    NamedTensor("nothing", shape: [0, 5], [] as [Float]),
    NamedTensor("scalar", shape: [], [3] as [Float]),
  ]

  @Test func everyTypeComesBack() throws {
    let metadata = ["quote \"": "line\nbreak \\ \u{1} ☃ 𝄞", "": ""]
    let content = try SafeTensors.decode(try SafeTensors.encode(Self.sample, metadata: metadata), file: "f")
    #expect(Set(content.tensors) == Set(Self.sample))
    #expect(content.metadata == metadata)
    let weights = try #require(content.tensors.first { $0.name == "weights" })
    #expect(try weights.values(as: Float.self) == [1, -2, .infinity, 4, 5.5, 0])
    #expect(weights.shape == [2, 3])
  }

  @Test func dataIsAlignedToItsElements() throws {
    let bytes = try SafeTensors.encode(Self.sample)
    let length = bytes.withUnsafeBytes { $0.load(as: UInt64.self) }
    #expect(length % 8 == 0)
    var offset = 8 + Int(length)
    for tensor in try SafeTensors.decode(bytes, file: "f").tensors {
      #expect(offset % tensor.type.byteCount == 0)
      offset += tensor.bytes.count
    }
    #expect(offset == bytes.count)
  }

  @Test func theTextIsTheFormats() throws {
    let bytes = try SafeTensors.encode([NamedTensor("a", shape: [1], [2] as [Float])], metadata: ["k": "v"])
    let expected = "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    let padded = expected + String(repeating: " ", count: (8 - expected.utf8.count % 8) % 8)
    #expect(bytes == file(padded) + [0, 0, 0, 64])
  }

  @Test func emptyFilesOfNoTensors() throws {
    #expect(try SafeTensors.decode(try SafeTensors.encode([]), file: "f").tensors.isEmpty)
    #expect(refusal(file("{}")) == nil)
  }

  @Test func namesAreUnique() {
    let tensor = NamedTensor("a", [1] as [Float])
    #expect { try SafeTensors.encode([tensor, tensor]) } throws: { "\($0)" == "a: two tensors have this name" }
    #expect(throws: CheckpointError.self) { try SafeTensors.encode([NamedTensor("__metadata__", [1] as [Float])]) }
  }

  @Test func lengthsAreChecked() {
    #expect(refusal([]) == "f: 0 bytes are too few for a header length")
    #expect(refusal(file("{}", declaredLength: 100_000_001))?.contains("longer than 100000000") == true)
    #expect(refusal(file("{}", declaredLength: .max))?.contains("longer than 100000000") == true)
    #expect(refusal(file("{}", declaredLength: 3)) == "f: header of 3 bytes in a file of 10")
    #expect(refusal(file("", declaredLength: 0)) == "f: header: no \"{\" at byte 0")
  }

  @Test(arguments: [
    // overlap, hole, bytes left over, reversed, beyond the end
    ("{\(one("a", "U8", "[4]", "[0,4]")),\(one("b", "U8", "[4]", "[2,6]"))}", 6, "do not follow 4"),
    ("{\(one("a", "U8", "[2]", "[0,2]")),\(one("b", "U8", "[2]", "[4,6]"))}", 6, "do not follow 2"),
    ("{\(one("a", "U8", "[2]", "[0,2]"))}", 3, "1 bytes belong to no tensor"),
    ("{\(one("a", "U8", "[2]", "[2,0]"))}", 2, "do not follow 0"),
    ("{\(one("a", "U8", "[4]", "[0,4]"))}", 3, "within 3"),
    // sizes
    ("{\(one("a", "F32", "[2]", "[0,4]"))}", 4, "4 bytes for shape [2]"),
    ("{\(one("a", "U8", "[9223372036854775807,2]", "[0,4]"))}", 4, "overflows"),
    ("{\(one("a", "F32", "[4611686018427387904]", "[0,0]"))}", 0, "overflows"),
    ("{\(one("a", "U8", "[9223372036854775808]", "[0,4]"))}", 4, "no whole number"),
    ("{\(one("a", "U8", "[-1]", "[0,4]"))}", 4, "no whole number"),
    ("{\(one("a", "U8", "[1.0]", "[0,1]"))}", 1, "no \"]\""),
    ("{\(one("a", "U8", "[01]", "[0,1]"))}", 1, "no whole number"),
    ("{\(one("a", "U8", "[1]", "[0,1,2]"))}", 1, "more than 2 numbers"),
    ("{\(one("a", "U8", "[1]", "[0]"))}", 1, "has no dtype"),
    // names and members
    ("{\(one("a", "U8", "[1]", "[0,1]")),\(one("a", "U8", "[1]", "[1,2]"))}", 2, "\"a\" appears twice"),
    ("{\(one("a", "U8", "[1]", "[0,1]")),\(one("\\u0061", "U8", "[1]", "[1,2]"))}", 2, "\"a\" appears twice"),
    ("{\(one("a", "BF16", "[1]", "[0,2]"))}", 2, "unsupported dtype \"BF16\""),
    ("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "unexpected member"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "has no dtype"),
    ("{\"a\":{\"extra\":{}}}", 0, "unexpected member"),
    ("{\"__metadata__\":{\"a\":1}}", 0, "no \"\"\""),
    ("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "\"a\" appears twice"),
    // syntax
    (" {}", 0, "no \"{\""), ("{} x", 0, "text after the header"), ("{", 0, "no \"\"\""), ("{\"a\"}", 0, "no \":\""),
    ("{\"a\":{}", 0, "has no dtype"), ("{\"\\ud800\":{}}", 0, "surrogate"), ("{\"\\udc00\":{}}", 0, "surrogate"),
    ("{\"\\u+061\":{}}", 0, "unknown escape"), ("{\"\\x\":{}}", 0, "unknown escape"),
    ("{\"a\n\":{}}", 0, "control character"), ("[]", 0, "no \"{\""),
  ])
  func hostileHeadersAreRefused(header: String, data: Int, reason: String) {
    let found = refusal(file(header, data: data))
    #expect(found?.contains(reason) == true, "\(found ?? "accepted")")
  }

  @Test func textThatIsNotUnicodeIsRefused() {
    #expect(refusal(file("{\"") + [0xFF, 0x22, 0x7D])?.contains("header") == true)
    var bytes = file("{\"a\":{}}")
    bytes[10] = 0xFF
    #expect(refusal(bytes)?.contains("not UTF-8") == true)
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try SafeTensors.encode(Self.sample, metadata: ["k": "v"])
    for length in 0..<bytes.count { #expect(refusal(Array(bytes.prefix(length))) != nil, "\(length) bytes") }
    #expect(refusal(bytes + [0]) != nil)
  }

  @Test func mutatedFilesNeverCrash() throws {
    let bytes = try SafeTensors.encode(Self.sample, metadata: ["k": "v"])
    let headerEnd = 8 + bytes.withUnsafeBytes { Int($0.load(as: UInt64.self)) }
    var generator = SplitMix64(seed: 20_260_131)
    var refused = 0
    for _ in 0..<3000 {
      var mutant = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<headerEnd, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: mutant[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: mutant[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: mutant.remove(at: min(place, mutant.count - 1))
        default: mutant.insert(UInt8(ascii: "9"), at: place)
        }
      }
      if refusal(mutant) != nil { refused += 1 }
    }
    // Some mutations only rename a tensor and are harmless; the manifest's digest finds those.
    #expect(refused > 2000)
  }

  @Test func tensorsAreReadAsWhatTheyAre() throws {
    let tensor = NamedTensor("w", [1, 2] as [Float])
    #expect { try tensor.values(as: Int32.self) } throws: { "\($0)" == "w: holds F32, not I32" }
    var room: [Float] = [0, 0, 0]
    #expect {
      try room.withUnsafeMutableBufferPointer { try tensor.copy(into: $0) }
    } throws: {
      "\($0)" == "w: holds 2 elements (shape [2]), expected 3"
    }
    var fits: [Float] = [0, 0]
    try fits.withUnsafeMutableBufferPointer { try tensor.copy(into: $0) }
    #expect(fits == [1, 2])
  }
}
