/// Turns texts into the tokens of a model and back: byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al.
/// 2019).
///
/// A text's special tokens are text: only the caller of `special` can write one, so a message of a game cannot end its own
/// turn.
struct Tokenizer: Sendable {
  /// Bytes of one word. The time for a word grows with the square of its length; a longer one is cut.
  static let maximumWordBytes = 1024

  /// Two neighbouring tokens.
  private struct Pair: Hashable {
    var left: Int32
    var right: Int32
  }

  private struct Merge {
    var rank: Int32
    var token: Int32
  }

  private static let missing: Int32 = -1

  private let splitter: WordSplitter
  private let texts: [String]
  private let tokens: [String: Int32]
  private let merges: [Pair: Merge]
  /// The tokens of the 256 bytes; `missing` for bytes that the vocabulary lacks, which are left out of texts.
  private let byteTokens: [Int32]
  /// The byte of each character that stands for one.
  private let bytes: [Unicode.Scalar: UInt8]
  /// Tokens that are no text, such as the ends of turns.
  private let control: Set<Int>

  var count: Int { texts.count }

  /// - Throws: if the file's vocabulary is of another kind or not complete.
  init(_ file: ModelFile) throws(LocalModelError) {
    let model = file.text("tokenizer.ggml.model") ?? "missing"
    guard model == "gpt2" else {
      throw LocalModelError.unsupported(file.path, "its tokeniser is \"\(model)\", not \"gpt2\"")
    }
    let kind = file.text("tokenizer.ggml.pre") ?? "missing"
    guard let splitter = WordSplitter(rawValue: kind) else {
      throw LocalModelError.unsupported(
        file.path, "it cuts texts as \"\(kind)\", and only \"smollm\", \"qwen2\" and \"gpt-2\" are known")
    }
    guard let texts = file.texts("tokenizer.ggml.tokens"), let lines = file.texts("tokenizer.ggml.merges"),
      !texts.isEmpty
    else {
      throw LocalModelError.damaged(file.path, "it has no vocabulary")
    }
    self.splitter = splitter
    self.texts = texts
    var tokens: [String: Int32] = [:]
    for (index, text) in texts.enumerated() where tokens[text] == nil { tokens[text] = Int32(clamping: index) }
    self.tokens = tokens
    var merges: [Pair: Merge] = [:]
    for (rank, line) in lines.enumerated() {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, let left = tokens[String(parts[0])], let right = tokens[String(parts[1])],
        let token = tokens[String(parts[0] + parts[1])]
      else { continue }
      let pair = Pair(left: left, right: right)
      if merges[pair] == nil { merges[pair] = Merge(rank: Int32(clamping: rank), token: token) }
    }
    self.merges = merges
    var byteTokens: [Int32] = []
    var bytes: [Unicode.Scalar: UInt8] = [:]
    for (byte, scalar) in Self.characters.enumerated() {
      byteTokens.append(tokens[String(Character(scalar))] ?? Self.missing)
      bytes[scalar] = UInt8(byte)
    }
    self.byteTokens = byteTokens
    self.bytes = bytes
    let types = file.integers("tokenizer.ggml.token_type") ?? []
    control = Set(types.indices.filter { types[$0] == 3 })
  }

  /// The characters that stand for the 256 bytes: themselves where they are printable.
  private static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        // 256 to 323 are characters.
        return Unicode.Scalar(next) ?? "?"
      }
    }
  }()

  /// The special token with this text; nil if the vocabulary has none.
  func special(_ text: String) -> Int? { tokens[text].map { Int(clamping: $0) } }

  /// Whether a token is no text.
  func isControl(_ token: Int) -> Bool { control.contains(token) }

  func tokens(of text: String) -> [Int] {
    var result: [Int] = []
    for word in splitter.words(of: text) {
      let bytes = Array(String(word).utf8)
      for start in stride(from: 0, to: bytes.count, by: Self.maximumWordBytes) {
        merge(bytes[start..<min(start + Self.maximumWordBytes, bytes.count)], into: &result)
      }
    }
    return result
  }

  /// Merges the pair of the lowest rank until no pair is left that can be merged.
  private func merge(_ bytes: ArraySlice<UInt8>, into result: inout [Int]) {
    var parts = bytes.map { byteTokens[Int(clamping: $0)] }
    while parts.count > 1 {
      var best: (index: Int, merge: Merge)?
      for index in 0..<parts.count - 1 {
        guard let merge = merges[Pair(left: parts[index], right: parts[index + 1])] else { continue }
        if merge.rank < best?.merge.rank ?? .max { best = (index, merge) }
      }
      guard let best else { break }
      parts[best.index] = best.merge.token
      parts.remove(at: best.index + 1)
    }
    for part in parts where part != Self.missing { result.append(Int(clamping: part)) }
  }

  /// The text of tokens; bytes that are no UTF-8 are replaced.
  func text(of tokens: some Sequence<Int>) -> String {
    var result: [UInt8] = []
    for token in tokens where texts.indices.contains(token) {
      for scalar in texts[token].unicodeScalars {
        if let byte = bytes[scalar] { result.append(byte) } else { result += Array(String(scalar).utf8) }
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
