import Foundation
import Runtime
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct PolicyFileTests {
  private let folder: TemporaryDirectory
  private let facts = ["step": "7", "policy_version": "3", "task": "Test"]

  init() throws { folder = try TemporaryDirectory() }

  private func read(_ bytes: [UInt8]) throws -> PolicyFile {
    let path = folder.path + "/policy.safetensors"
    try PosixFileSystem().deliver(bytes, to: path)
    return try PolicyFile(reading: path)
  }

  private func refusal(_ bytes: [UInt8]) -> String? {
    do {
      _ = try read(bytes)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Matrices are rounded, vectors and what 16 bits do not hold are not.
  @Test func matricesBecomeHalves() throws {
    let tensors = [
      NamedTensor("weight", shape: [2, 2], [1, 0.1, -65504, 0x1p-24] as [Float]),
      NamedTensor("large", shape: [1, 2], [1, 65520] as [Float]),
      NamedTensor("variance", [1e-7, 0.1] as [Float]),
    ]
    let file = try read(try PolicyFile.encode(tensors, configuration: "[run]\n", facts: facts, halves: true))
    #expect(file.configuration == "[run]\n")
    #expect(file.checkpoint.step == 7 && file.checkpoint.policyVersion == 3)
    #expect(try file.checkpoint.tensor("policy.weight").type == .float16)
    let expected: [(String, [Float])] = [
      ("weight", [1, 0.099975586, -65504, 0x1p-24]), ("large", [1, 65520]), ("variance", [1e-7, 0.1]),
    ]
    for (name, numbers) in expected {
      var found = [Float](repeating: 0, count: numbers.count)
      try found.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
        try file.checkpoint.tensor("policy." + name).copyNumbers(into: buffer)
      }
      #expect(found == numbers, "\(name)")
    }
    let single = try read(try PolicyFile.encode(tensors, configuration: "", facts: facts, halves: false))
    #expect(single.checkpoint.tensors.allSatisfy { $0.type == .float32 })
  }

  @Test func aWrongNumberOfHalvesIsRefused() throws {
    let halves = try #require(NamedTensor("weight", shape: [1, 2], [1, 2] as [Float]).halved)
    var three: [Float] = [0, 0, 0]
    #expect(throws: CheckpointError.self) {
      try three.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in try halves.copyNumbers(into: buffer)
      }
    }
    #expect(NamedTensor("counts", [1] as [Int64]).halved == nil)
  }

  /// What is missing is named: such a file may be anybody's.
  @Test func otherFilesAreRefused() throws {
    let tensors = [NamedTensor("weight", shape: [1, 1], [1] as [Float])]
    #expect(refusal(Array("no policy".utf8))?.contains("policy.safetensors") == true)
    #expect(refusal(try SafeTensors.encode(tensors, metadata: facts))?.contains("has no configuration") == true)
    for broken in [["step": "-1", "policy_version": "3"], ["step": "7", "policy_version": "x"], [:]] {
      let bytes = try PolicyFile.encode(tensors, configuration: "", facts: broken, halves: true)
      #expect(refusal(bytes)?.contains("has no step or no policy_version") == true)
    }
    for value in [Float.nan, .infinity] {
      let bad = [NamedTensor("weight", shape: [1, 1], [value])]
      let bytes = try PolicyFile.encode(bad, configuration: "", facts: facts, halves: true)
      #expect(refusal(bytes)?.contains("element 0 is") == true)
    }
  }
}
