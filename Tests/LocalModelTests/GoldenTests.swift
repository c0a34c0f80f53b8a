import Foundation
import Testing

@testable import LocalModel

/// Compares with other implementations: scripts/golden/make_local_model_golden.py.
@Suite struct LocalModelGoldenTests {
  @Test func formatsAreReadAsOthersReadThem() throws {
    let golden = try Fixture.golden().formats
    #expect(Set(golden.map(\.type)) == Set(TensorFormat.allCases.map(\.rawValue)))
    for row in golden {
      let format = try #require(TensorFormat(rawValue: row.type))
      let digits = Array(row.bytes.utf8)
      let bytes = stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
      }
      let tensor = StoredTensor(format: format, columns: row.values.count, rows: 1, bytes: bytes)
      #expect(bytes.count == format.bytes(ofColumns: row.values.count))
      var values = [Float](repeating: 0, count: row.values.count)
      values.withUnsafeMutableBufferPointer { tensor.read(row: 0, into: $0.baseAddress!) }
      for (value, expected) in zip(values, row.values) {
        #expect(abs(Double(value) - expected) <= 1e-6 * max(1, abs(expected)), "\(format)")
      }
    }
  }

  @Test(arguments: ["llama", "qwen2"]) func textsHaveTheTokensOfTheirVocabulary(kind: String) throws {
    let golden = try Fixture.golden()
    let tokenizer = try Tokenizer(ModelFile(Fixture.path(kind)))
    for text in (kind == "llama" ? golden.smollm : golden.qwen2).texts {
      // What looks like a special token is a text like any other; others read it as the token.
      if text.text == "<|im_end|>" {
        #expect(tokenizer.tokens(of: text.text).count > 1 && text.tokens.count >= 1)
      } else {
        #expect(tokenizer.tokens(of: text.text) == text.tokens, "\(text.text.debugDescription)")
      }
      #expect(tokenizer.text(of: tokenizer.tokens(of: text.text)) == text.text)
    }
  }

  @Test(arguments: ["llama", "qwen2"]) func logitsAreThoseOfAPlainForwardPass(kind: String) throws {
    let golden = try Fixture.golden()
    for form in Set([Projection.Form.floats, .fastest]) {
      let decoder = try Fixture.decoder(kind, form: form).decoder
      for row in (kind == "llama" ? golden.smollm : golden.qwen2).logits {
        let logits = decoder.logits(after: [row.tokens[...]]).numbers(0)
        // Rounded to 8 bits, a number is off by half a percent of the largest one near it, and these weights amplify that.
        let limit = form == .floats ? 1e-5 : 0.1
        let error = zip(logits, row.logits).map { pow($0 - $1, 2) }.reduce(0, +)
        #expect(error < limit * limit * row.logits.map { $0 * $0 }.reduce(0, +), "\(form)")
      }
    }
  }
}
