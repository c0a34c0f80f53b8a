import CPlatform

/// The process's standard output.
public enum StandardOutput {
  /// Writes what `print` has buffered.
  /// - Throws: `FileError` if that, or any earlier `print`, could not be written.
  public static func flush() throws(FileError) {
    let code = tengu_flush_standard_output()
    if code != 0 { throw .system("standard output", "write", code) }
  }
}
