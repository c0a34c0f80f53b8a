import Glibc

@testable import LocalModel

extension FuzzTarget {
  /// A language model's file. A model that is read also cuts texts into tokens that it has, and computes their logits.
  static let models = FuzzTarget(
    name: "models",
    run: { bytes in
      let path = "/dev/shm/tengu-fuzz-\(getpid()).gguf"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      guard descriptor >= 0 else { return }
      defer { unlink(path) }
      let isWritten = write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
      close(descriptor)
      if isWritten { evaluate(path) }
    },
    // The corpus is the tiny models of the tests.
    seeds: { [] })

  private static func evaluate(_ path: String) {
    guard let file = try? ModelFile(path), let tokenizer = try? Tokenizer(file),
      let shape = try? DecoderShape(file, vocabulary: tokenizer.count)
    else { return }
    let tokens = tokenizer.tokens(of: "You see a door here. 42 <|im_end|>\n")
    require(tokens.allSatisfy { (0..<tokenizer.count).contains($0) }, "a token that the vocabulary does not have")
    _ = tokenizer.text(of: tokens)
    guard let weights = try? DecoderWeights(file, shape, form: .fastest) else { return }
    let question = tokens.prefix(min(3, shape.context - 1))
    guard !question.isEmpty else { return }
    let logits = Decoder(weights).logits(after: [question[...]])
    require(logits.columns == tokenizer.count, "\(logits.columns) logits of \(tokenizer.count) tokens")
  }
}
