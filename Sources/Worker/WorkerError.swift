/// Why a worker cannot go on.
public enum WorkerError: Error, CustomStringConvertible, Sendable {
  case refused(String)
  case mismatch(String)

  public var description: String {
    switch self {
    case .refused(let text): "the learner refused this worker: \(text)"
    case .mismatch(let text): text
    }
  }
}
