import CPlatform

/// Memory that the process has freed and the C library keeps for later.
public enum FreeMemory {
  /// Gives it back to the system. After work that needs much memory once in a while, such as a checkpoint: each thread
  /// frees into a heap of its own, and without this call every one of them keeps its largest size. It takes a few
  /// milliseconds.
  public static func giveBack() { tengu_return_free_memory() }
}
