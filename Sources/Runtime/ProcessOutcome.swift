import CPlatform

/// How a process of a run ends, for its supervisor. The numbers are those of sysexits(3); every other status is an
/// ordinary failure.
public enum ExitStatus {
  /// EX_USAGE. The arguments or the configuration are wrong, or the learner does not accept this peer: another start
  /// would end the same way.
  public static let mistake: Int32 = 64
  /// EX_TEMPFAIL. The process cannot continue and a new one can, such as a worker whose environment does not return.
  public static let startAgain: Int32 = 75
}

/// The process's standard output.
public enum StandardOutput {
  /// Writes what `print` has buffered.
  /// - Throws: `FileError` if that, or any earlier `print`, could not be written.
  public static func flush() throws(FileError) {
    let code = tengu_flush_standard_output()
    if code != 0 { throw .system("standard output", "write", code) }
  }
}
