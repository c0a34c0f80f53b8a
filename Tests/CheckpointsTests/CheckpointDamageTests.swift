import Foundation
import Runtime
import TestSupport
import Testing

@testable import Checkpoints

/// An older intact checkpoint and a newer one that is damaged: the older one must load, and nothing may crash.
@Suite struct CheckpointDamageTests {
  let folder: TemporaryDirectory
  let store: CheckpointStore
  static let files = ["manifest.json", "manifest.sha256", "state.safetensors"]

  init() throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.file("c"), keep: 5)
    for step in [10, 20] {
      _ = try store.save(
        step: step, policyVersion: UInt64(step),
        tensors: [NamedTensor("p", [Float](repeating: Float(step), count: 40))],
        metadata: ["seed": "1"])
    }
  }

  private func newer(_ file: String) -> URL { folder.file("c/step-000000000020/\(file)") }

  private func expectFallback(_ what: String) throws {
    let newest = try store.loadNewest()
    #expect(newest.checkpoint?.step == 10, "\(what)")
    #expect(newest.rejected.count == 1, "\(what)")
    #expect(newest.rejected.first?.path.contains("step-000000000020") == true, "\(what)")
  }

  @Test(arguments: files) func truncatedAtEveryLength(file: String) throws {
    let bytes = try Data(contentsOf: newer(file))
    for length in 0..<bytes.count {
      try bytes.prefix(length).write(to: newer(file))
      try expectFallback("\(file) cut to \(length) bytes")
    }
    try (bytes + [0]).write(to: newer(file))
    try expectFallback("\(file) with a byte more")
    try bytes.write(to: newer(file))
    #expect(try store.loadNewest().checkpoint?.step == 20)
  }

  @Test(arguments: files) func everyFlippedBitIsFound(file: String) throws {
    let bytes = try Data(contentsOf: newer(file))
    for bit in 0..<(bytes.count * 8) {
      var mutant = bytes
      mutant[bit / 8] ^= 1 << UInt8(bit % 8)
      try mutant.write(to: newer(file))
      try expectFallback("bit \(bit) of \(file)")
    }
  }

  @Test(arguments: files) func missingFilesAreNamed(file: String) throws {
    try FileManager.default.removeItem(at: newer(file))
    let newest = try store.loadNewest()
    #expect(newest.checkpoint?.step == 10)
    #expect(newest.rejected.first?.path == newer(file).path)
    #expect(newest.rejected.first?.reason == "cannot open: No such file or directory")
  }

  @Test(arguments: files) func whatIsNotAFileIsRefused(file: String) throws {
    try FileManager.default.removeItem(at: newer(file))
    #expect(mkfifo(newer(file).path, 0o644) == 0)
    try expectFallback("\(file) is a pipe")
  }

  /// A manifest whose digest is right and whose content is hostile.
  private func replaceManifest(_ edit: (String) -> String) throws {
    let text = edit(try String(contentsOf: newer("manifest.json"), encoding: .utf8))
    try Data(text.utf8).write(to: newer("manifest.json"))
    try Data(CheckpointManifest.digestText(of: Array(text.utf8)).utf8).write(to: newer("manifest.sha256"))
  }

  @Test(arguments: [
    ("state.safetensors", "../step-000000000010/state.safetensors"), ("\"step\" : 20", "\"step\" : 21"),
    ("\"step\" : 20", "\"step\" : 1e99"), ("\"format_version\" : 1", "\"format_version\" : 2"),
    ("\"step\" : 20", "\"steps\" : 20"), ("{", "["), ("\"bytes\" : ", "\"bytes\" : 1"),
  ])
  func hostileManifestsAreRefused(original: String, replacement: String) throws {
    try replaceManifest { $0.replacingOccurrences(of: original, with: replacement) }
    try expectFallback(replacement)
  }

  @Test func randomMutationsNeverCrash() throws {
    var generator = SplitMix64(seed: 7)
    let originals = try Self.files.map { try Data(contentsOf: newer($0)) }
    for round in 0..<300 {
      let index = Int.random(in: 0..<3, using: &generator)
      var mutant = originals[index]
      for _ in 0..<Int.random(in: 1...6, using: &generator) where !mutant.isEmpty {
        let place = Int.random(in: 0..<mutant.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: mutant[place] = mutant[place] &+ UInt8.random(in: 1...255, using: &generator)
        case 1: mutant.removeSubrange(place...)
        default: mutant.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        }
      }
      guard mutant != originals[index] else { continue }
      try mutant.write(to: newer(Self.files[index]))
      try expectFallback("mutation \(round)")
      try originals[index].write(to: newer(Self.files[index]))
    }
  }
}

/// Checkpoints that are intact byte for byte and hold numbers that no run can continue from.
@Suite struct CheckpointNumbersTests {
  private let folder: TemporaryDirectory
  private let store: CheckpointStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.file("c"), keep: 5)
    _ = try save(10, 1)
  }

  private func save(_ step: Int, _ value: Double) throws -> SavedCheckpoint {
    try store.save(
      step: step, policyVersion: UInt64(step),
      tensors: [NamedTensor("p.float", [0, Float(value), 1]), NamedTensor("p.double", [0, value])], metadata: [:])
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func whatIsNotFiniteIsNotSaved(value: Double) throws {
    let error = #expect(throws: CheckpointError.self) { try save(20, value) }
    #expect(error?.description == "p.float: element 1 is \(value); a state that is not finite is not saved")
    #expect(try store.loadNewest().checkpoint?.step == 10)
    // A double that no float holds.
    #expect(throws: CheckpointError.self) { try save(20, 1e300) }
  }

  /// An older version saved it. The one before is taken, and the tensor named.
  @Test func whatIsNotFiniteIsNotLoaded() throws {
    let saved = try save(20, 7)
    let state = folder.file("c/step-000000000020/state.safetensors")
    var bytes = Array(try Data(contentsOf: state))
    let seven = withUnsafeBytes(of: Float(7)) { Array($0) }
    let place = try #require(bytes.indices.dropLast(3).first { Array(bytes[$0..<($0 + 4)]) == seven })
    bytes.replaceSubrange(place..<(place + 4), with: withUnsafeBytes(of: Float.nan) { Array($0) })
    try reseal(bytes, state: state, in: "c/step-000000000020")
    let newest = try store.loadNewest()
    #expect(newest.checkpoint?.step == 10)
    #expect(newest.rejected.map(\.description) == ["\(saved.path): element 1 is nan in tensor \"p.float\""])
  }

  @Test(arguments: [
    ("\"step\" : 20", "\"step\" : -20"), ("\"step\" : 20", "\"step\" : 9223372036854775807"),
    ("\"step\" : 20", "\"step\" : 18446744073709551615"), ("\"step\" : 20", "\"step\" : 1e300"),
    ("\"policy_version\" : 20", "\"policy_version\" : 18446744073709551615"),
    ("\"policy_version\" : 20", "\"policy_version\" : -1"), ("\"bytes\" : ", "\"bytes\" : -"),
    ("\"bytes\" : ", "\"bytes\" : 9223372036854775807, \"b\" : "),
  ])
  func numbersThatNoRunCanHaveAreRefused(number: String, replacement: String) throws {
    _ = try save(20, 7)
    let manifest = folder.file("c/step-000000000020/manifest.json")
    let text = try String(contentsOf: manifest, encoding: .utf8)
    let changed = text.replacing(number, with: replacement)
    #expect(changed != text)
    try changed.write(to: manifest, atomically: true, encoding: .utf8)
    try CheckpointManifest.digestText(of: Array(changed.utf8))
      .write(to: folder.file("c/step-000000000020/manifest.sha256"), atomically: true, encoding: .utf8)
    let newest = try store.loadNewest()
    #expect(newest.checkpoint?.step == 10 && newest.rejected.count == 1)
  }

  /// Writes a state and the digests that make it intact.
  private func reseal(_ bytes: [UInt8], state: URL, in name: String) throws {
    try Data(bytes).write(to: state)
    var manifest = try CheckpointManifest.decode(
      Array(try Data(contentsOf: folder.file("\(name)/manifest.json"))), path: name)
    manifest.files[0].sha256 = SHA256.hexadecimal(of: bytes)
    let text = try manifest.encoded()
    try Data(text).write(to: folder.file("\(name)/manifest.json"))
    try CheckpointManifest.digestText(of: text)
      .write(to: folder.file("\(name)/manifest.sha256"), atomically: true, encoding: .utf8)
  }
}
