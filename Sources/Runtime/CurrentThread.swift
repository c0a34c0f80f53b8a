import CPlatform

/// Name, priority and CPU time of the calling thread.
public enum CurrentThread {
  /// Names the thread for debuggers and `top -H`; at most 15 characters.
  public static func setName(_ name: String) { tengu_name_thread(name) }

  /// CPU seconds that the thread has used so far.
  public static var cpuSeconds: Double { tengu_thread_cpu_seconds() }

  /// Sets nice 10, also for the process's session where the kernel schedules sessions against each other (autogroup) and
  /// this process leads one. Failure is ignored.
  public static func lowerPriority() { tengu_give_way() }

  /// Sets nice 19 for this thread alone. Failure is ignored.
  public static func lowerPriorityToMinimum() { tengu_give_way_to_all() }
}
