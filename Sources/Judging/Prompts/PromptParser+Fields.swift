extension PromptParser {
  func field(_ name: String) throws(PromptError) -> (line: Int, value: String) {
    guard let field = fields[name] else { throw error(0, "no field \"\(name)\"") }
    return field
  }

  func choice<Choice: CaseIterable & RawRepresentable>(
    _ name: String
  ) throws(PromptError) -> Choice where Choice.RawValue == String {
    let (line, value) = try field(name)
    guard let choice = Choice(rawValue: value) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: " or ")
      throw error(line, "\"\(name)\" is \(known), not \"\(value)\"")
    }
    return choice
  }

  func number(_ name: String, in range: ClosedRange<Int>, or other: Int?) throws(PromptError) -> Int {
    if let other, fields[name] == nil { return other }
    let (line, value) = try field(name)
    guard let number = Int(value), range.contains(number) else {
      throw error(line, "\"\(name)\" is a number of \(range.lowerBound) to \(range.upperBound), not \"\(value)\"")
    }
    return number
  }

  func answerForm() throws(PromptError) -> Prompt.AnswerForm {
    let (line, value) = try field("answer")
    if value == "one-token" { return .oneToken }
    let parts = value.split(separator: " ")
    guard parts.count == 2, parts[0] == "tagged", Self.isName(String(parts[1])) else {
      throw error(line, "\"answer\" is one-token, or tagged and the tag's name, not \"\(value)\"")
    }
    return .tagged(String(parts[1]))
  }

  func words(_ kind: Prompt.Kind) throws(PromptError) -> [String] {
    let (line, value) = try field("words")
    let words = value.split(separator: "/").map { String($0.trimmingSpaces) }
    let isDistinct = Set(words.map { $0.lowercased() }).count == words.count
    let isPlain = words.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { AnswerText.isWordByte($0) } }
    guard words.count == (kind == .classification ? 2 : 3), isDistinct, isPlain else {
      let wanted = kind == .classification ? "two different words, as in Yes / No" : "three, as in 1 / 2 / neither"
      throw error(line, "\"words\" are \(wanted), not \"\(value)\"")
    }
    return words
  }
}
