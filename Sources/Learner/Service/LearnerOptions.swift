import Configuration
import Glibc
import Ranks
import Transport

/// Options of `tengu learner` and `tengu serial` that are not part of the configuration.
public struct LearnerOptions: Sendable {
  /// Whether an existing run continues.
  public enum Resume: Sendable, Equatable {
    /// Continue the run if it exists, begin it otherwise. A run without an intact checkpoint is an error.
    case auto
    /// Begin again at step 0 in the run's directory. Labels stay and count; checkpoints are set aside.
    case fresh
    /// The run must be new.
    case never
    /// Continue from the checkpoint in this folder.
    case path(String)
    /// Continue from the run's best checkpoint, which an evaluation has kept.
    case best

    /// The folder of the checkpoint that is named.
    /// - Parameter run: the run's directory.
    func path(in run: String) -> String? {
      switch self {
      case .path(let path): path
      case .best: "\(run)/best"
      case .auto, .fresh, .never: nil
      }
    }

    public init(_ text: String) {
      self = ["auto": .auto, "fresh": .fresh, "never": .never, "best": .best][text] ?? .path(text)
    }
  }

  public var configuration: RunConfiguration
  public var runName: String
  public var runsDirectory = "runs"
  public var resume = Resume.never
  /// File of the learner's secret key; needed beyond loopback.
  public var keyPath: String?
  /// Folder or file of the public keys that may connect.
  public var allowPath: String?
  /// Address on which all roles run on one thread over `inproc://`; nil for a learner with its own process.
  public var inlineEndpoint: Endpoint?
  /// Descriptor that the log is written to in addition to its file; nil for none.
  public var logStream: Int32? = STDOUT_FILENO
  /// The learners of the run; by default this one alone.
  public var ranks: any Communicator = SingleLearner()
  /// Learners of the run on this machine, which share its processors.
  public var ranksOfThisMachine = 1
  /// What plays the evaluations that `evaluation.every_steps` asks for; nil plays none.
  public var evaluator: Evaluator?
  /// Version of this build, for the provenance.
  public var version = "unknown"

  public init(configuration: RunConfiguration, runName: String) {
    self.configuration = configuration
    self.runName = runName
  }
}

/// Why a run could not be started or did not end well.
public enum RunError: Error, CustomStringConvertible, Sendable {
  case failed(String)
  case refused(String)
  /// All steps of the run are done.
  case complete(String)
  /// A signal ended the start; nothing was lost, and a new run has left no files but its log.
  case stopped(String)

  public var description: String {
    switch self {
    case .failed(let reason), .refused(let reason), .complete(let reason), .stopped(let reason): reason
    }
  }
}
