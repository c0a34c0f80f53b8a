/// How a process of a run ends, for its supervisor. The numbers are those of sysexits(3); every other status is an
/// ordinary failure.
public enum ExitStatus {
  /// EX_USAGE. The arguments or the configuration are wrong, or the learner does not accept this peer: another start
  /// would end the same way.
  public static let mistake: Int32 = 64
  /// EX_TEMPFAIL. The process cannot continue and a new one can, such as a worker whose environment does not return.
  public static let startAgain: Int32 = 75
}
