import Runtime

/// Why a worker cannot continue.
public enum WorkerError: Error, CustomStringConvertible, Sendable {
  /// The learner refused it, with this text.
  case refused(String)
  /// The learner's run does not fit this program.
  case mismatch(String)
  /// The run would take more memory than the worker may use.
  case tooLarge(String)
  /// An environment's call does not return.
  case stuck(EnvironmentWatch.Call, seconds: Double)

  public var description: String {
    switch self {
    case .refused(let text): "the learner refused this worker: \(text)"
    case .mismatch(let text), .tooLarge(let text): text
    case .stuck(let call, let seconds):
      "an environment has not returned for \(seconds) s (worker.environment_seconds): \(call); this worker ends with "
        + "status \(ExitStatus.startAgain), to be started again"
    }
  }

  /// How the process of this worker ends.
  public var exitStatus: Int32 {
    switch self {
    case .refused, .mismatch, .tooLarge: ExitStatus.mistake
    case .stuck: ExitStatus.startAgain
    }
  }
}
