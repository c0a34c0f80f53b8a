/// The lines on which a TOML text sets its fields, for error messages.
///
/// The parser reports lines for syntax errors only, so the keys of a text that did parse are looked up here. Headers,
/// plain keys, dotted keys and quoted keys are found; a key inside an inline table reports the table's line.
struct SourceLines {
  private var lines: [String: Int] = [:]

  init(_ text: String) {
    var section = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = Self.withoutSpaces(line)
      if trimmed.hasPrefix("[") {
        section = String(trimmed.drop { $0 == "[" }.prefix { $0 != "]" })
        note(section, index + 1)
      } else if let equals = trimmed.firstIndex(of: "="), !trimmed.hasPrefix("#") {
        let key = String(trimmed[..<equals])
        note(section.isEmpty ? key : "\(section).\(key)", index + 1)
      }
    }
  }

  /// The line, from 1, that sets `path` or the nearest table around it.
  func line(of path: String) -> Int? {
    if let line = lines[path] { return line }
    guard let dot = path.lastIndex(of: ".") else { return nil }
    return line(of: String(path[..<dot]))
  }

  private mutating func note(_ path: String, _ line: Int) {
    if lines[path] == nil { lines[path] = line }
  }

  private static func withoutSpaces(_ line: Substring) -> String {
    String(line.filter { $0 != " " && $0 != "\t" && $0 != "\r" && $0 != "\"" && $0 != "'" })
  }
}
