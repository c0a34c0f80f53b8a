import Judging

/// Writes questions as the tokens that a model continues: the turns of a conversation in the form of ChatML.
struct QuestionText: Sendable {
  private let tokenizer: Tokenizer
  private let start: Int?
  private let end: Int?
  /// Tokens that end an answer.
  let ends: Set<Int>
  /// The token before every text, if the model wants one.
  private let first: Int?
  /// The instruction of a conversation that has none, as the model's own template writes it.
  private let standardSystem: String?

  init(_ file: ModelFile, _ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    let template = file.text("tokenizer.chat_template") ?? ""
    let isChat = template.contains("<|im_start|>")
    start = isChat ? tokenizer.special("<|im_start|>") : nil
    end = tokenizer.special("<|im_end|>")
    let eos = file.integer("tokenizer.ggml.eos_token_id")
    ends = Set([eos, end, tokenizer.special("<|endoftext|>")].compactMap { $0 })
    let beginning = file.integer("tokenizer.ggml.bos_token_id")
    let isWanted = file.flag("tokenizer.ggml.add_bos_token") ?? false
    first = isWanted ? beginning.flatMap { (0..<tokenizer.count).contains($0) ? $0 : nil } : nil
    standardSystem = Self.standardSystem(template)
  }

  /// The tokens of a question; nil for a conversation if the model has no turns of ChatML.
  func tokens(of input: ModelQuestion.Input) -> [Int]? {
    let head = first.map { [$0] } ?? []
    switch input {
    case .completion(let text): return head + tokenizer.tokens(of: text)
    case .chat(let turns):
      guard let start, let end else { return nil }
      var tokens = head
      func write(_ role: String, _ text: String) {
        tokens += [start] + tokenizer.tokens(of: "\(role)\n\(text)") + [end] + tokenizer.tokens(of: "\n")
      }
      if turns.first?.role != .system, let standardSystem { write("system", standardSystem) }
      for turn in turns { write(turn.role.rawValue, turn.text) }
      return tokens + [start] + tokenizer.tokens(of: "assistant\n")
    }
  }

  /// The text that a template writes as the system's turn of its own accord: the first "You are ..." in quotes or before
  /// the turn's end.
  private static func standardSystem(_ template: String) -> String? {
    guard let found = template.firstRange(of: "You are ") else { return nil }
    let rest = template[found.lowerBound...]
    let text = rest.prefix { $0 != "<" && $0 != "'" && $0 != "\"" && $0 != "\\" && !$0.isNewline }
    return text.isEmpty ? nil : String(text)
  }
}
