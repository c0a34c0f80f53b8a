import Foundation

@testable import Annotation

/// SplitMix64: the tests' own stream, so that a failure repeats from its seed.
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A folder that goes when the value goes.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("annotation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func record(
  _ caption: String, _ verdict: Verdict, annotator: String = "anna", version: String = "1", at time: Double = 1
) -> LabelRecord {
  LabelRecord(
    caption: bytes(caption), verdict: verdict, annotator: annotator, kind: "rules", version: version, answeredAt: time)
}
