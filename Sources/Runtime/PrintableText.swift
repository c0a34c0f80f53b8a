extension Unicode.Scalar {
  /// Whether a terminal acts on it, or a reader cannot see it: C0, delete, C1; the marks, embeddings, overrides and isolates
  /// of bidirectional text; the separators that some viewers break lines at; characters without width.
  public var isHidden: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
    default: false
    }
  }
}

extension String {
  /// The text on one line, as a terminal shows it in the order of its characters: control characters and those that change
  /// the direction of writing are escaped. Use it for every text from a peer, a file or a server that a person reads, so that it
  /// can neither forge a line, nor drive a terminal, nor show something else than it says.
  public var printable: String {
    guard unicodeScalars.contains(where: \.isHidden) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case let scalar where scalar.isHidden: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
