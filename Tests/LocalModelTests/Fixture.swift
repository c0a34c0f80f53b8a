import Foundation
import Tensor

@testable import LocalModel

/// The tiny models and the golden numbers that scripts/golden/make_local_model_golden.py writes.
struct Fixture: Decodable {
  struct Text: Decodable {
    let text: String
    let tokens: [Int]
  }
  struct Row: Decodable {
    let tokens: [Int]
    let logits: [Double]
  }
  struct Model: Decodable {
    let texts: [Text]
    let logits: [Row]
  }
  struct Format: Decodable {
    let type: UInt32
    let bytes: String
    let values: [Double]
  }
  let smollm, qwen2: Model
  let formats: [Format]

  static func golden() throws -> Fixture {
    try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url("local-model.json")))
  }

  /// The path of a tiny model: "llama" or "qwen2".
  static func path(_ kind: String) -> String { url("tiny-\(kind).gguf").path }

  private static func url(_ name: String) -> URL { Bundle.module.bundleURL.appending(path: "Golden/\(name)") }

  /// A decoder of a tiny model, with its tokeniser.
  static func decoder(_ kind: String, form: Projection.Form) throws -> (decoder: Decoder, tokenizer: Tokenizer) {
    let file = try ModelFile(path(kind))
    let tokenizer = try Tokenizer(file)
    let shape = try DecoderShape(file, vocabulary: tokenizer.count)
    return (Decoder(try DecoderWeights(file, shape, form: form)), tokenizer)
  }
}

extension Matrix {
  /// The numbers of one row.
  func numbers(_ index: Int) -> [Double] { (0..<columns).map { Double(row(index)[$0]) } }
}

/// The largest difference of two lists.
func distance(_ first: [Double], _ second: [Double]) -> Double { zip(first, second).map { abs($0 - $1) }.max() ?? 0 }
