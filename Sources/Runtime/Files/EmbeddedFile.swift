import CFiles

/// Files that are part of the program.
public enum EmbeddedFile {
  /// The bytes of a file of `CFiles.c`; nil if it has none with this name, such as `prompts/default.prompt.md`.
  public static func bytes(of name: String) -> [UInt8]? {
    var count = 0
    return tengu_embedded_file(name, &count).map { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }

  /// The bytes of a file that every build has.
  /// - Precondition: `CFiles.c` has it. The names are constants, and tests use each of them.
  public static func required(_ name: String) -> [UInt8] {
    guard let bytes = bytes(of: name) else { preconditionFailure("CFiles.c has no file \(name)") }
    return bytes
  }
}
