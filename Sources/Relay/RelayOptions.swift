import Assembly
import Environments
import Transport
import Wire

/// How this relay runs. The learner says what is played.
public struct RelayOptions: Sendable {
  public var link: LearnerLink.Options
  /// Where the workers connect.
  public var listen: Endpoint
  /// Secret key of this relay for its workers, and the folder of the public keys that may connect.
  public var keyPath: String?
  public var allowPath: String?
  public var name: String
  public var host: String
  public var netHackDirectory: String?
  /// Which programs the run's task may start here to learn its sizes.
  public var programs = Programs.asConfigured
  public var registries = Registries.standard

  public init(link: LearnerLink.Options, listen: Endpoint, name: String, host: String) {
    self.link = link
    self.listen = listen
    self.name = name
    self.host = host
  }
}

/// Why a relay cannot continue.
public enum RelayError: Error, CustomStringConvertible, Sendable {
  /// The learner refused it, with this text.
  case refused(String)
  /// The learner's run does not fit this program.
  case mismatch(String)

  public var description: String {
    switch self {
    case .refused(let text): "the learner refused this relay: \(text)"
    case .mismatch(let text): text
    }
  }
}
