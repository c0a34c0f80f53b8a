import Foundation
import Runtime

/// Workers or annotators that connect this machine to a learner anywhere. What they write is shown, each line after the
/// peer's name.
public final class PeerAttachment {
  public enum Role: String, Sendable, CaseIterable { case worker, annotator }

  public struct Options: Sendable {
    /// HOST:PORT of each learner of the run; one after the other gets a worker, the first one all annotators.
    public var addresses: [String]
    public var role = Role.worker
    /// Processes to start.
    public var count = 1
    /// This machine's secret key.
    public var key: String?
    /// Rollout threads of each worker; nil follows the run's configuration.
    public var threads: Int?
    /// Interpreter for tasks in Python of a learner on another machine.
    public var python: String?
    /// What the learner calls this machine; nil for the host's name. Peers are NAME-1, NAME-2, ...
    public var name: String?
    public var languageModel = LanguageModelChoice()

    /// - Parameter addresses: at least one.
    public init(addresses: [String]) { self.addresses = addresses }

    /// The address of peer `number`, from 1.
    func address(ofPeer number: Int) -> String {
      addresses[role == .worker ? (number - 1) % addresses.count : 0]
    }
  }

  private let options: Options
  private let peers = SupervisedGroup(note: say)
  private var isStopping = false

  /// Starts the peers.
  /// - Throws: `LauncherError` if the key cannot be read or the program not be run.
  public init(_ options: Options, in installation: Installation) throws {
    self.options = options
    let arguments = try Self.arguments(options, in: installation)
    Interruption.watch()
    signal(SIGPIPE, SIG_IGN)
    // Only the learner knows whether the run is over, and a peer asks it again after each start.
    peers.mayRestart = { [unowned self] in !isStopping }
    peers.onSignal = { [unowned self] in stop() }
    let name = options.name ?? ProcessInfo.processInfo.hostName
    for number in 1...options.count {
      let peer = "\(name)-\(number)"
      let relay = try LineRelay(name: peer)
      peers.add(relay)
      // A peer that the learner refused would be refused again; one that crashed is started again.
      let process = try SupervisedProcess(
        peer, policy: .afterCrash, note: say,
        start: {
          try ChildProcess(
            installation.role(arguments + ["--connect", options.address(ofPeer: number), "--name", peer]),
            output: .descriptor(relay.writer),
            errors: .descriptor(relay.writer))
        })
      peers.add(process)
    }
  }

  private static func arguments(_ options: Options, in installation: Installation) throws(LauncherError) -> [String] {
    var arguments = [options.role.rawValue]
    if let key = options.key.map(installation.absolute) {
      guard FileManager.default.isReadableFile(atPath: key) else { throw LauncherError("cannot read the key \(key)") }
      arguments += ["--key", key]
    }
    switch options.role {
    case .worker:
      arguments +=
        ["--nethack", installation.netHack] + option("--threads", options.threads.map(String.init))
        + option("--python", options.python)
    case .annotator:
      var model = options.languageModel
      model.keyFile = model.keyFile.map(installation.absolute)
      model.file = model.file.map(installation.absolute)
      arguments += model.arguments
    }
    return arguments
  }

  /// Watches the peers until all have ended.
  /// - Returns: the first status that is not 0, in the order of the peers' numbers.
  public func run() -> Int32 {
    peers.wait { isStopping || peers.hasEnded }
    if isStopping { peers.stop() }
    peers.drain()
    return peers.processes.map(\.status).first { $0 != 0 } ?? 0
  }

  private func stop() {
    if isStopping { return }
    isStopping = true
    say("stopping \(options.count) \(options.role.rawValue)(s)")
  }
}
