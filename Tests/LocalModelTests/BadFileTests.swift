import Foundation
import Runtime
import TestSupport
import Testing

@testable import LocalModel

/// Files that are damaged, not complete or of another kind: an error that names the file, and never a trap.
@Suite struct BadFileTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// What is wrong with a file of these bytes; "none" if it is read.
  private func problem(_ bytes: some Collection<UInt8>) throws -> String {
    let file = folder.file("model.gguf")
    try Data(bytes).write(to: file)
    do {
      _ = try LocalLanguageModel(file: file.path)
      return "none"
    } catch {
      #expect(error.file == file.path && "\(error)".contains(file.path))
      return "\(error)"
    }
  }

  private func fixture(_ kind: String = "llama") throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: Fixture.path(kind))))
  }

  /// The fixture with the first occurrence of a text replaced by one of the same length.
  private func fixture(replacing text: String, by other: String) throws -> [UInt8] {
    var bytes = try fixture()
    let range = try #require(bytes.firstRange(of: Array(text.utf8)))
    bytes.replaceSubrange(range, with: Array(other.utf8))
    return bytes
  }

  @Test func anIntactFileIsRead() throws { #expect(try problem(fixture()) == "none") }

  @Test func aMissingFileIsNamed() throws {
    let error = try #require(throws: LocalModelError.self) { try LocalLanguageModel(file: "/nowhere/x.gguf") }
    #expect(
      "\(error)" == "the model /nowhere/x.gguf: No such file or directory; name a readable file of the GGUF format")
    #expect(throws: LocalModelError.self) { try LocalLanguageModel(file: "/tmp") }
  }

  @Test func otherFilesAreRefused() throws {
    #expect(try problem([]).contains("does not begin with \"GGUF\""))
    #expect(try problem(Array("#!/bin/sh\necho not a model, but long enough\n".utf8)).contains("GGUF"))
    #expect(try problem(fixture(replacing: "llama", by: "mamba")).contains("its architecture is \"mamba\""))
    #expect(try problem(fixture(replacing: "smollm", by: "gemma9")).contains("cuts texts as \"gemma9\""))
    #expect(try problem(fixture(replacing: "gpt2", by: "bert")).contains("its tokeniser is \"bert\""))
    #expect(try problem(fixture(replacing: "blk.1.attn_q", by: "blk.7.attn_q")).contains("no tensor blk.1.attn_q"))
    var bytes = try fixture()
    bytes[4] = 9
    #expect(try problem(bytes).contains("its version of the GGUF format is 9"))
    // The type follows name, number of dimensions and two dimensions.
    let name = try #require(bytes.firstRange(of: Array("blk.0.attn_q.weight".utf8)))
    bytes[4] = 3
    bytes[name.upperBound + 20] = 99
    #expect(try problem(bytes).contains("a tensor of the type 99, which is none of F32, F16, BF16, Q4_0"))
  }

  @Test func truncatedFilesAreRefused() throws {
    let bytes = try fixture()
    for length in Array(stride(from: 0, to: bytes.count - 32, by: 911)) + [23, 24, 25, bytes.count - 1] {
      let problem = try problem(bytes[..<length])
      #expect(problem.contains("damaged") || problem.contains("GGUF"), "\(length): \(problem)")
    }
  }

  /// Any byte of the header may be anything. A model that is read all the same also answers.
  @Test func damagedFilesNeverTrap() async throws {
    var generator = SplitMix64(seed: 11)
    let file = folder.file("model.gguf")
    for kind in ["llama", "qwen2"] {
      let intact = try fixture(kind)
      let start = try #require(intact.firstRange(of: Array("tokenizer.ggml.tokens".utf8))).lowerBound
      let end = try #require(intact.firstRange(of: Array("blk.1.ffn_norm".utf8))).upperBound + 40
      var refused = 0
      for round in 0..<300 {
        var bytes = intact
        // Half of them in the values before the vocabulary, where the sizes are.
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let place = Int.random(in: 0..<(round % 2 == 0 ? start : end), using: &generator)
          bytes[place] = UInt8.random(in: 0...255, using: &generator)
        }
        try Data(bytes).write(to: file)
        guard let model = try? LocalLanguageModel(file: file.path) else {
          refused += 1
          continue
        }
        _ = try? await model.answer(.init(.completion("You kill"), maximumTokens: 2), deadlineSeconds: 60)
      }
      #expect(refused > 30)
    }
  }
}
