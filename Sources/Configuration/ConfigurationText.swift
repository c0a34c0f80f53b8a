import Runtime

extension RunConfiguration {
  /// The resolved configuration as TOML, each field under its explanation. Reading the text gives this value again.
  public func tomlText() -> String {
    var text = ""
    var section: Substring = ""
    for field in fields {
      if field.section != section {
        section = field.section
        text += (text.isEmpty ? "" : "\n") + "[\(section)]\n"
      }
      for line in Self.wrapped(field.explanation, columns: 98) { text += "# \(line)\n" }
      text += "\(field.name) = \(field.value(self).toml)\n"
    }
    return text
  }

  /// Prose broken into lines of at most `columns` characters. A longer word has a line of its own.
  private static func wrapped(_ text: String, columns: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// SHA-256, in hexadecimal, of the fields that the shape or the meaning of an unroll depends on. Learner, workers and
  /// checkpoints with the same hash fit each other; other fields may change between a run and its resumption.
  public var hash: String {
    let canonical = fields.filter(\.shapesUnrolls).map { "\($0.path) = \($0.value(self).toml)\n" }.joined()
    return SHA256.hexadecimal(of: canonical)
  }

  /// The fields in which two configurations differ, in the table's order.
  public func differences(from other: RunConfiguration) -> [ConfigurationField] {
    fields.filter { $0.value(self) != $0.value(other) }
  }
}
