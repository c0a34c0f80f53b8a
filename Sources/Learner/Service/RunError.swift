/// Why a run could not be started or did not end well.
public enum RunError: Error, CustomStringConvertible, Sendable {
  case failed(String)
  case refused(String)
  /// There is nothing left to do.
  case complete(String)

  public var description: String {
    switch self {
    case .failed(let reason), .refused(let reason), .complete(let reason): reason
    }
  }
}
