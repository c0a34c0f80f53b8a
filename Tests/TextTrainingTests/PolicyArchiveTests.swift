import Foundation
import Tensor
import TestSupport
import Testing
import TextPolicy
import TextTasks

@testable import TextTraining

@Suite struct PolicyArchiveTests {
  private let options = TransformerOptions(width: 16, layers: 1, heads: 2)
  private let file = URL(filePath: NSTemporaryDirectory()).appending(path: "tengu-\(UUID().uuidString)/p.safetensors")

  private func archive() throws -> PolicyArchive {
    let transformer = try Transformer(options)
    var archive = PolicyArchive(transformer)
    archive.keep(TextPolicy(transformer, seed: 1), as: "initial")
    archive.keep(TextPolicy(transformer, seed: 2), as: "current")
    return archive
  }

  @Test func filesGiveTheSameBits() throws {
    let written = try archive()
    try written.write(to: file)
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
    let read = try PolicyArchive(contentsOf: file)
    #expect(read.names == ["current", "initial"] && read.transformer.options == options)
    for name in read.names { #expect(read[name]?.parameters.array == written[name]?.parameters.array) }
    #expect(read["initial"]?.parameters.array != read["current"]?.parameters.array)
    #expect(read["previous"] == nil)
  }

  @Test func keptPoliciesDoNotFollow() throws {
    let transformer = try Transformer(options)
    let policy = TextPolicy(transformer, seed: 1)
    var archive = PolicyArchive(transformer)
    archive.keep(policy, as: "previous")
    let before = archive["previous"]?.parameters.array
    policy.parameters.fill(1)
    #expect(archive["previous"]?.parameters.array == before)
    archive.keep(policy, as: "previous")
    #expect(archive["previous"]?.parameters.array.allSatisfy { $0 == 1 } == true)
  }

  @Test func otherFilesAreRefused() throws {
    try archive().write(to: file)
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
    var bytes = [UInt8](try Data(contentsOf: file))
    bytes.removeLast(4)
    try Data(bytes).write(to: file)
    #expect(throws: (any Error).self) { try PolicyArchive(contentsOf: file) }
    try Data("no tensors".utf8).write(to: file)
    #expect(throws: (any Error).self) { try PolicyArchive(contentsOf: file) }
  }
}

@Suite struct RewardSourceTests {
  @Test func names() throws {
    #expect(try RewardSource("verifier") == .verifier)
    #expect(try RewardSource("flipped:0.3") == .flippedVerifier(share: 0.3))
    for text in ["", "flipped", "flipped:2", "flipped:x", "verifier:1", "oracle"] {
      #expect(throws: TextRowError.self, "\(text)") { try RewardSource(text) }
    }
  }

  @Test func flipsConcernWholePrompts() throws {
    let trainer = try TextTrainer(
      ChainTask(operations: 1...1), options: TransformerOptions(width: 16, layers: 1, heads: 2), seed: 1)
    let rollouts = trainer.rollouts(trainer.problems(3), repeats: 2)
    func rewards(_ source: RewardSource) -> [Double] {
      source.rewards(rollouts, repeats: 2, trainer: trainer, frozen: trainer.policy)
    }
    let exact = rewards(.verifier)
    #expect(rewards(.flippedVerifier(share: 0)) == exact)
    #expect(rewards(.flippedVerifier(share: 1)) == exact.map { 1 - $0 })
    for source in [RewardSource.frozenSelf, .referenceProbability, .partialCredit] {
      #expect(rewards(source).allSatisfy { (0...1).contains($0) })
    }
  }
}
