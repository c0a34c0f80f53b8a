/// Parses the file of a prompt.
///
///     # name
///     > A note to readers; any number of these.
///     version: 1
///     kind: classification
///     style: chat
///     answer: one-token
///     words: Yes / No
///
///     ## system
///     Text with {goal} in it.
///     ## user
///     Game message: {message}
///     ## reminder
///     Answer Yes or No.
///     ## goal default
///     What the player wants.
///
/// Fields besides those: `maximum-tokens`, `stop`. `answer` is `one-token`, `last-word`, `tagged NAME`, or `scores LOW HIGH`
/// (which needs no `words`). `{rubric}` needs the section `rubric`, whose lines are "NAME WEIGHT: TEXT". A completion has the
/// section `text` instead of `system` and `user`. `{examples}` needs the sections `example` (with {message} and
/// {answer}) and `examples` (a table); `calibration` is a table as well. A ranking has three words, and {first} and
/// {second} for {message}. The variable parts come last, so that servers can cache the constant prefix.
struct PromptParser {
  /// Maximum length of a file in bytes.
  static let maximumBytes = 65_536

  private struct Section {
    let title: String
    let line: Int
    var lines: [(number: Int, text: Substring)] = []

    var text: String { lines.map(\.text).joined(separator: "\n").trimmingBlank }
  }

  private let file: String
  private var name = ""
  var fields: [String: (line: Int, value: String)] = [:]
  private var sections: [Section] = []

  /// - Throws: an error with the line that cannot be read.
  static func parse(_ text: String, file: String) throws(PromptError) -> Prompt {
    guard text.utf8.count <= maximumBytes else {
      throw PromptError(file: file, problem: "longer than \(maximumBytes) bytes")
    }
    var parser = PromptParser(file: file)
    try parser.scan(text)
    return try parser.prompt()
  }

  private init(file: String) { self.file = file }

  func error(_ line: Int, _ problem: String) -> PromptError {
    PromptError(file: file, line: line, problem: problem)
  }

  // MARK: Lines

  private mutating func scan(_ text: String) throws(PromptError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let number = index + 1
      if let bad = line.unicodeScalars.first(where: { $0.value < 0x20 || $0.value == 0x7F }) {
        throw error(number, "the control character \(bad.value)")
      }
      if line.hasPrefix("## ") {
        let title = String(line.dropFirst(3).trimmingSpaces)
        guard Self.isTitle(title) else { throw error(number, "there is no section \"\(title)\"") }
        guard !sections.contains(where: { $0.title == title }) else {
          throw error(number, "a second section \"\(title)\"")
        }
        sections.append(Section(title: title, line: number))
      } else if !sections.isEmpty {
        sections[sections.count - 1].lines.append((number, line))
      } else {
        try scanHead(line.trimmingSpaces, number)
      }
    }
    guard !name.isEmpty else { throw error(1, "expected \"# name\"") }
  }

  private mutating func scanHead(_ line: Substring, _ number: Int) throws(PromptError) {
    if line.isEmpty || line.hasPrefix(">") { return }
    if line.hasPrefix("# "), name.isEmpty {
      name = String(line.dropFirst(2).trimmingSpaces)
      guard name.isPromptName else { throw error(number, "\"\(name)\" is not a name: lower case, digits and -") }
      return
    }
    guard !name.isEmpty else { throw error(number, "expected \"# name\" before anything else") }
    guard let colon = line.firstIndex(of: ":") else { throw error(number, "expected \"field: value\"") }
    let field = String(line[..<colon])
    let value = String(line[line.index(after: colon)...].trimmingSpaces)
    guard Self.fieldNames.contains(field) else { throw error(number, "there is no field \"\(field)\"") }
    guard fields[field] == nil else { throw error(number, "a second \"\(field)\"") }
    guard !value.isEmpty else { throw error(number, "\"\(field)\" has no value") }
    fields[field] = (number, value)
  }

  private static let fieldNames: Set<String> = [
    "version", "kind", "style", "answer", "words", "maximum-tokens", "stop",
  ]
  private static let titles: Set<String> = [
    "system", "user", "text", "example", "examples", "reminder", "calibration", "rubric",
  ]

  private static func isTitle(_ title: String) -> Bool {
    titles.contains(title) || (title.hasPrefix("goal ") && String(title.dropFirst(5)).isPromptName)
  }

  // MARK: The whole

  private func prompt() throws(PromptError) -> Prompt {
    let kind: Prompt.Kind = try choice("kind")
    let style: Prompt.Style = try choice("style")
    let answer = try answerForm()
    let body = try required(style == .chat ? "user" : "text")
    for foreign in style == .chat ? ["text"] : ["system", "user"] {
      if let section = section(foreign) {
        throw error(section.line, "a \(style.rawValue) has no section \"\(foreign)\"")
      }
    }
    let goals = sections.filter { $0.title.hasPrefix("goal ") }
      .map { Prompt.Goal(name: String($0.title.dropFirst(5)), text: $0.text) }
    guard !goals.isEmpty else { throw error(0, "no section \"goal NAME\"") }
    for section in sections where section.title.hasPrefix("goal ") {
      for (number, line) in section.lines where line.contains(where: { "{}".contains($0) }) {
        throw error(number, "a goal has no braces")
      }
    }
    let prompt = Prompt(
      name: name, version: try number("version", in: 1...1_000_000, or: nil), kind: kind, style: style, answer: answer,
      words: try words(kind, answer), maximumTokens: try number("maximum-tokens", in: 1...4096, or: 1),
      stops: fields["stop"].map { [$0.value] } ?? [], system: try section("system").map(template),
      body: try template(body), example: try section("example").map(template), examples: try table("examples"),
      reminder: try required("reminder").text, calibration: try table("calibration"), goals: goals,
      rubric: try rubric())
    try checkPlaces(of: prompt, body)
    return prompt
  }

  private func section(_ title: String) -> Section? { sections.first { $0.title == title } }

  private func required(_ title: String) throws(PromptError) -> Section {
    guard let section = section(title), !section.text.isEmpty else { throw error(0, "no section \"\(title)\"") }
    return section
  }

  private func template(_ section: Section) throws(PromptError) -> PromptTemplate {
    for (number, line) in section.lines {
      let parsed = PromptTemplate.parse(String(line))
      guard parsed.template != nil else {
        let places = PromptTemplate.Place.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
        throw error(number, "\"\(parsed.problem.prefix(20))\" is none of \(places)")
      }
    }
    return PromptTemplate.parse(section.text).template ?? PromptTemplate(pieces: [])
  }

  private func table(_ title: String) throws(PromptError) -> LabelledMessages? {
    guard let section = section(title) else { return nil }
    return try LabelledMessages.parse(section.lines, file: file)
  }

  private func rubric() throws(PromptError) -> [RubricItem] {
    guard let section = section("rubric") else { return [] }
    var items: [RubricItem] = []
    for (number, line) in section.lines where !line.allSatisfy(\.isWhitespace) {
      guard let item = RubricItem(line.trimmingSpaces) else {
        throw error(number, "an item of a rubric is \"name weight: text\" with a weight of 1 to 100")
      }
      items.append(item)
    }
    guard (1...RubricItem.maximumCount).contains(items.count) else {
      throw error(section.line, "a rubric has 1 to \(RubricItem.maximumCount) items")
    }
    return items
  }

  /// Checks that the variable placeholders occur once and last, and that the constant ones are known.
  private func checkPlaces(of prompt: Prompt, _ body: Section) throws(PromptError) {
    let variable: [PromptTemplate.Place] = prompt.kind == .classification ? [.message] : [.first, .second]
    let names = variable.map { "{\($0.rawValue)}" }.joined(separator: " and ")
    guard prompt.body.places.suffix(variable.count) == variable[...],
      !prompt.body.places.dropLast(variable.count).contains(where: { $0.isVariable || $0 == .answer })
    else { throw error(body.line, "\"\(body.title)\" needs \(names), once and behind {goal} and {examples}") }
    if let system = section("system"),
      prompt.system?.places.contains(where: { $0.isVariable || $0 == .answer }) ?? false
    {
      throw error(system.line, "\"system\" is the same for every question and cannot contain \(names)")
    }
    let constant = (prompt.system?.places ?? []) + prompt.body.places
    guard constant.count(where: { $0 == .goal }) == 1 else { throw error(body.line, "{goal} must occur exactly once") }
    guard constant.contains(.rubric) == !prompt.rubric.isEmpty else {
      throw error(body.line, "{rubric} and the section \"rubric\" come together or not at all")
    }
    if case .scores = prompt.answer, prompt.kind == .ranking {
      throw error(body.line, "a ranking is answered with a word, not with scores")
    }
    let hasExamples = prompt.example != nil && prompt.examples != nil
    guard constant.contains(.examples) == hasExamples, hasExamples || (prompt.example == nil && prompt.examples == nil)
    else {
      throw error(body.line, "{examples} and the sections \"example\" and \"examples\" come together or not at all")
    }
    if let example = section("example"), prompt.example?.places != [.message, .answer] {
      throw error(example.line, "\"example\" needs {message} and then {answer}")
    }
    guard !hasExamples || prompt.kind == .classification else {
      throw error(body.line, "a ranking has no worked examples")
    }
  }
}

extension String {
  /// Removes empty lines and spaces at both ends.
  fileprivate var trimmingBlank: String {
    var result = Substring(self)
    while result.first?.isWhitespace ?? false { result.removeFirst() }
    while result.last?.isWhitespace ?? false { result.removeLast() }
    return String(result)
  }
}

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
    if value == "last-word" { return .lastWord }
    let parts = value.split(separator: " ")
    if parts.count == 3, parts[0] == "scores", let low = Int(parts[1]), let high = Int(parts[2]), 0 <= low, low < high,
      high <= 100
    {
      return .scores(low...high)
    }
    guard parts.count == 2, parts[0] == "tagged", String(parts[1]).isPromptName else {
      throw error(
        line,
        "\"answer\" is one-token, last-word, tagged and the tag's name, or scores and two numbers, not \"\(value)\"")
    }
    return .tagged(String(parts[1]))
  }

  func words(_ kind: Prompt.Kind, _ answer: Prompt.AnswerForm) throws(PromptError) -> [String] {
    // Scores are numbers; the words are those of corrections.
    if case .scores = answer, fields["words"] == nil { return ["Yes", "No"] }
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
