import Configuration
import Glibc
import Transport

/// What `tengu learner` and `tengu serial` are told beside the configuration.
public struct LearnerOptions: Sendable {
  public enum Resume: Sendable, Equatable {
    /// Go on if the run exists, begin it otherwise.
    case auto
    /// The run must be new.
    case never
    /// Go on from the checkpoint in this folder.
    case path(String)

    /// The checkpoint's folder, where one is named.
    var path: String? { if case .path(let path) = self { path } else { nil } }

    public init(_ text: String) {
      self = text == "auto" ? .auto : text == "never" ? .never : .path(text)
    }
  }

  public var configuration: RunConfiguration
  public var runName: String
  public var runsDirectory = "runs"
  public var resume = Resume.never
  /// The learner's secret key; needed beyond loopback.
  public var keyPath: String?
  /// Folder or file of the public keys that may connect.
  public var allowPath: String?
  /// Everything on one thread over `inproc://`; nil for a learner of its own.
  public var inlineEndpoint: Endpoint?
  /// Where the log goes beside its file; nil: nowhere.
  public var logStream: Int32? = STDOUT_FILENO
  /// Version of this build, for the provenance.
  public var version = "unknown"

  public init(configuration: RunConfiguration, runName: String) {
    self.configuration = configuration
    self.runName = runName
  }
}
