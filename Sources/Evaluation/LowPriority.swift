import Glibc

/// Lets other processes of the machine go first.
public enum LowPriority {
  private static let niceness: Int32 = 19

  /// Gives this process and its later threads the lowest priority. Best effort: a system that refuses it only runs the
  /// process as any other.
  public static func enter() {
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
    // Where the kernel groups processes by session, niceness counts within a group only, and the group has its own.
    let descriptor = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = Array("\(niceness)".utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }
}
