import Judging

/// How a model that thinks before it answers is asked.
public struct ThinkingOptions: Sendable, Hashable {
  /// Tokens that such a model may use before its answer.
  public var tokens = 1024
  /// `reasoning_effort` of the request, such as "low"; nil sends none.
  public var effort: String?
  /// Arguments of the model's chat template, such as `enable_thinking`; servers of Qwen's and similar models read them.
  public var templateArguments: [String: TemplateArgument] = [:]

  public init() {}
}

/// A value in `chat_template_kwargs`.
public enum TemplateArgument: Sendable, Hashable, Encodable {
  case truth(Bool)
  case number(Int)
  case text(String)

  /// `true`, `false` and whole numbers are values of their types; everything else is a text.
  public init(_ text: String) {
    self = Bool(text).map { .truth($0) } ?? Int(text, radix: 10).map { .number($0) } ?? .text(text)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .truth(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}

/// Separates a model's thoughts from its answer.
///
/// Servers differ: some return thoughts in a field of their own, some leave them in the text, in one of the forms below,
/// and the opening mark may be part of the prompt and missing in the text.
enum ThinkingText {
  /// Marks after which the answer follows.
  private static let ends = [
    "</think>", "</thinking>", "</thought>", "</reasoning>", "</reflection>", "[/THINK]", "<|channel|>final<|message|>",
    "<|end_of_thought|>", "◁/think▷",
  ]
  /// Marks with which thoughts begin.
  private static let starts = [
    "<think>", "<thinking>", "<thought>", "<reasoning>", "<reflection>", "[THINK]", "<|channel|>analysis",
    "<|begin_of_thought|>", "◁think▷",
  ]
  /// Marks of templates that may end an answer.
  private static let closings = ["<|end|>", "<|return|>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "</s>"]

  static let unfinished =
    "the model thinks before it answers and used up its tokens; set language_model.thinking_tokens or turn it off with "
    + "language_model.template_arguments or reasoning_effort"

  /// The answer without thoughts.
  /// - Parameter hasThoughts: whether the server returned thoughts in a field of their own.
  static func answer(_ answer: ModelAnswer, hasThoughts: Bool) -> ModelAnswer {
    var result = answer
    var text = answer.text[...]
    let end = ends.compactMap { text.range(of: $0, searchingBackwards: true)?.upperBound }.max()
    let isUnfinished: Bool
    if let end {
      text = text[end...]
      isUnfinished = isBlank(text)
    } else {
      let begins = starts.contains { text.drop { $0.isWhitespace }.hasPrefix($0) }
      if begins { text = "" }
      isUnfinished = begins || (hasThoughts && isBlank(text))
    }
    for closing in closings {
      if let range = text.range(of: closing, searchingBackwards: false) { text = text[..<range.lowerBound] }
    }
    result.text = String(text)
    if isUnfinished { result.problem = unfinished }
    if end != nil || hasThoughts { result.tokens = tokens(of: result.text, in: answer.tokens) }
    return result
  }

  private static func isBlank(_ text: Substring) -> Bool { text.allSatisfy(\.isWhitespace) }

  /// The last tokens, which spell the answer; none if they do not.
  private static func tokens(of text: String, in tokens: [ModelAnswer.Token]) -> [ModelAnswer.Token] {
    let wanted = text.filter { !$0.isWhitespace }
    guard !wanted.isEmpty else { return [] }
    var spelled = ""
    for index in tokens.indices.reversed() {
      let visible = tokens[index].text.filter { !$0.isWhitespace }
      spelled = visible + spelled
      if spelled == wanted { return Array(tokens[index...]) }
      if spelled.count > wanted.count {
        // A closing mark of the template may follow the answer.
        guard closings.contains(where: { spelled.hasSuffix($0) }) else { return [] }
        for closing in closings where spelled.hasSuffix(closing) { spelled.removeLast(closing.count) }
        if spelled == wanted { return Array(tokens[index...]) }
      }
    }
    return []
  }
}

extension Substring {
  fileprivate func range(of mark: String, searchingBackwards: Bool) -> Range<Index>? {
    let starts = searchingBackwards ? Array(indices.reversed()) : Array(indices)
    for start in starts where self[start...].hasPrefix(mark) {
      return start..<index(start, offsetBy: mark.count)
    }
    return nil
  }
}
