extension RunConfiguration {
  /// Sets one field from a command line's "section.field=value". Texts need no quotes; numbers may have underscores.
  /// - Parameter source: what errors call the place that it comes from.
  mutating func apply(override: String, source: String) throws(ConfigurationError) {
    guard let equals = override.firstIndex(of: "=") else {
      throw ConfigurationError(["\(source): \"\(override)\" is neither a command nor section.field=value"])
    }
    let path = String(override[..<equals])
    let text = String(override[override.index(after: equals)...])
    guard let field = ConfigurationField.field(at: path) else {
      throw ConfigurationError(["\(source): \(Self.unknown(path))"])
    }
    guard let value = field.parse(text), field.range.contains(value) else {
      throw ConfigurationError(["\(source): \(field.refusal(of: "\"\(text)\""))"])
    }
    field.assign(&self, value)
  }
}

extension ConfigurationField {
  /// The value of a text from the command line, or nil if it has another type.
  func parse(_ text: String) -> ConfigurationValue? {
    let digits = text.filter { $0 != "_" }
    return switch range {
    case .integer: Int(digits).map { .integer($0) }
    case .real: Double(digits).map { .real($0) }
    case .boolean: Bool(text).map { .boolean($0) }
    case .choice, .text, .optionalText, .address: .text(Self.unquoted(text))
    }
  }

  /// Without one pair of double quotes around it, which a user may write as in the file.
  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
    return String(text.dropFirst().dropLast())
  }
}
