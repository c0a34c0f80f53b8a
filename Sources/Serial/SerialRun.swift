import Assembly
import Learner
import Transport

/// Every role in one process and on one thread, over `inproc://`: the same services as in a cluster, taking turns in a
/// fixed order, so that the same seed gives the same weights, bit for bit.
///
/// With `checkpoint.interval_steps` the run consists of sessions of so many steps. Each begins with nothing but the
/// checkpoint and the labels that the one before left, as a resumed run does. A run that is killed and resumed
/// therefore equals one that is not. (Without it, a run's environments continue their episodes across checkpoints,
/// which no checkpoint holds.)
public final class SerialRun {
  public var learner: LearnerService { roles.learner }
  private var options: LearnerOptions
  private let world: SerialWorld
  private let stuck: @Sendable (String) -> Void
  private let interruption: () -> String?
  private var roles: SerialRoles
  /// Where the roles of the current session meet, at `endpoint`.
  var context: MessagingContext { roles.context }
  static let endpoint = SerialRoles.endpoint

  /// - Parameters:
  ///   - registries: the entries that the worker chooses among.
  ///   - netHackDirectory: the folder of libnethack.so.
  ///   - stuck: receives a line about an environment that has not returned for `worker.environment_seconds`, after it was
  ///     logged, on a thread of its own. The run cannot continue, so it should end the process.
  ///   - interruption: see `LearnerService.open`.
  /// - Throws: the error of the role that cannot be created.
  public init(
    _ options: LearnerOptions, registries: Registries = .standard, netHackDirectory: String? = nil,
    stuck: @escaping @Sendable (String) -> Void = { _ in }, interruption: @escaping () -> String? = { nil }
  ) throws {
    self.options = options
    world = SerialWorld(registries: registries, netHackDirectory: netHackDirectory)
    self.stuck = stuck
    self.interruption = interruption
    roles = try SerialRoles(options, world: world, stuck: stuck, interruption: interruption)
  }

  /// Plays, labels and learns until the run is complete or `stop` returns a reason.
  public func run(until stop: () -> String?) throws {
    while learner.end == nil {
      if let reason = stop() { learner.stopInline(reason) } else { try turn() }
    }
    try roles.finish()
  }

  /// One turn of the roles, and the next session if this one is over.
  public func turn() throws {
    try roles.turn()
    guard learner.isSessionOver, learner.endSession() else { return }
    roles.close("the session is over")
    options.resume = .auto
    roles = try SerialRoles(options, world: world, stuck: stuck, interruption: interruption)
  }
}
