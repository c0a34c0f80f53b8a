import Foundation
import Runtime

/// Runs a learner, workers and an annotator on this machine until the run is over, and restarts local peers that fail.
///
/// The learner decides when the run is over and tells its peers. The first signal asks the learner to end the run with a
/// checkpoint, SIGUSR1 to end it for a new start with status 75; the second kills it. Rule: used by the main thread, because
/// the kernel ends the children with it.
public final class RunLauncher {
  /// Seconds between lines that say what the launcher waits for.
  private static let reminderSeconds = 10.0
  /// Seconds a model server may take to load its model. The first start on a slow disk reads a large one.
  private static let modelLoadSeconds = 120.0
  /// Seconds to wait for the address of the web page.
  private static let dashboardSeconds = 10.0

  private let plan: LaunchPlan
  private let localKey: String?
  private let learner: ChildProcess
  private let peers: SupervisedGroup
  private let log: LaunchLog
  private var modelServer: SupervisedProcess?
  private var dashboard: SupervisedProcess?
  private var isStopping = false

  /// Starts the learner.
  /// - Throws: `LauncherError` if the run is going or the learner cannot be started, and what `LocalKey.prepare` throws.
  public init(_ plan: LaunchPlan) throws {
    self.plan = plan
    localKey = try Self.prepare(plan)
    log = LaunchLog(file: plan.isDetached ? nil : plan.run.launchLog)
    peers = SupervisedGroup(note: log.announce)
    // From here on a signal ends the run in order.
    Interruption.watch()
    RestartSignal.watch()
    signal(SIGPIPE, SIG_IGN)  // The terminal may be gone while there is a run to end.
    say("starting the learner of run \(plan.run.name) (\(plan.task))")
    // A detached run has no terminal to show the learner's output, and learner.log has the same lines.
    learner = try ChildProcess(
      plan.learners.call(
        plan.installation.role(plan.learnerArguments, mark: ["TENGU_NETHACK": plan.installation.netHack])),
      output: plan.isDetached ? .null : .inherited)
    peers.mayRestart = { [unowned self] in !isStopping && learner.status == nil }
    peers.onSignal = { [unowned self] in stop() }
  }

  /// Makes what the run needs; shared with a launch that detaches.
  @discardableResult
  static func prepare(_ plan: LaunchPlan) throws -> String? {
    if let server = plan.languageModel.server {
      try ModelServerFiles(plan.installation).fetch(model: server.model == nil)
    }
    if let learner = plan.run.learner(program: plan.installation.program) {
      throw LauncherError(
        "run \(plan.run.name) is going already (pid \(learner)); choose another --name, or end it with "
          + plan.installation.commandLine("stop", [plan.run.name]))
    }
    // A launcher and a learner that were killed may have left peers that hang or still look for their learner.
    let old = RunProcesses(plan.run).end()
    if !old.isEmpty { say("ended what an earlier launch of run \(plan.run.name) had left: \(old.list)") }
    // Logs and the launch record are as private as the learner's files.
    PrivateFiles.begin()
    // The file would name the address of an earlier learner.
    unlink(plan.run.endpointFile)
    return try plan.keys.map { try LocalKey.prepare(learner: $0.own, allowed: $0.allowed) }
  }

  /// Watches the run until its learner has ended.
  /// - Returns: the learner's exit status, 128 + N after death by signal N.
  public func run() -> Int32 {
    let endpoint = awaitEndpoint()
    if let endpoint, !isStopping { startPeers(of: endpoint) }
    let status = awaitLearner()
    endPeers(learnerStatus: status)
    // A learner that has not bound an address has said why; a run that another learner holds keeps its log.
    if endpoint != nil { report(status) }
    return status
  }

  private var learnerHasEnded: Bool { learner.status != nil }

  private func awaitEndpoint() -> String? {
    while !peers.wait(
      atMost: Self.reminderSeconds, until: { isStopping || learnerHasEnded || plan.run.endpoint != nil })
    {
      say("still waiting for the learner to bind its address and write \(plan.run.endpointFile)")
    }
    return plan.run.endpoint
  }

  // MARK: Peers

  private func startPeers(of endpoint: String) {
    // The learner has made the run's directory, and recorded its configuration.
    do { try plan.record.write(plan.run) } catch { log.announce("\(error)") }
    // A learner that listens everywhere is reached over loopback from here.
    let addresses = plan.run.endpoints.map { Self.reached($0, at: "127.0.0.1") }
    let connection = ["--connect", Self.reached(endpoint, at: "127.0.0.1")] + option("--key", localKey)
    for number in 0..<plan.workers {
      let name = "worker-\(number + 1)"
      // Every learner needs workers of its own.
      let address = addresses.isEmpty ? endpoint : addresses[number % addresses.count]
      startRole(
        name,
        ["worker", "--connect", address] + option("--key", localKey)
          + ["--name", name, "--nethack", plan.installation.netHack] + option("--python", plan.python))
    }
    log.note(
      "learner \(learner.identifier) on \(endpoint); \(plan.workers) local worker(s), "
        + "annotator: \(plan.annotator.rawValue)")
    let reachable = plan.run.endpoints.map { Self.reached($0, at: ProcessInfo.processInfo.hostName) }
    let attach = plan.installation.commandLine("attach", [reachable.joined(separator: ",")])
    say("more workers may attach: \(attach)\(localKey == nil ? "" : " --key FILE")")
    if let port = plan.dashboardPort { startDashboard(port) }
    startHosts()
    if plan.annotator != .none, !hostsAnnotate { startAnnotator(connection, of: endpoint) }
  }

  /// Whether annotators run on other machines, so that none is started here.
  private var hostsAnnotate: Bool { plan.hosts?.entries.contains { $0.annotators > 0 } ?? false }

  /// Starts the peers on other machines; their output goes to logs of the run, as that of local ones does.
  private func startHosts() {
    guard let file = plan.hosts, let keys = plan.keys else { return }
    let hosts = HostPeers(file, plan)
    do {
      let peers = hosts.peers(plan.run.endpoints, hostName: ProcessInfo.processInfo.hostName)
      for (name, remote) in try hosts.remotePeers(peers, learner: try LocalKey.trusted(learner: keys.own)) {
        supervise(name, policy: .afterFailure, starting: { output in try remote.start(output: output) })
      }
      log.note("\(peers.count) peer(s) on \(file.entries.count) other machine(s)")
    } catch {
      log.announce("the peers on other machines were not started: \(error)")
    }
  }

  /// An address with the host by which a learner that listens everywhere is reached.
  private static func reached(_ endpoint: String, at host: String) -> String {
    endpoint.hasPrefix("0.0.0.0:") ? host + endpoint.dropFirst("0.0.0.0".count) : endpoint
  }

  /// Training does not wait for the model: the workers play already.
  private func startAnnotator(_ connection: [String], of endpoint: String) {
    var model = plan.languageModel.choice
    if let options = plan.languageModel.server {
      guard let server = startModelServer(options) else {
        if !isStopping, !learnerHasEnded {
          say(
            "the run continues without an annotator; attach one with: "
              + plan.installation.commandLine("attach", [endpoint, "--role", "annotator", "--llm-url", "URL"]))
        }
        return
      }
      log.note("language model \(server.model) at \(server.url)")
      model.urls = [server.url]
      model.model = server.model
    }
    // An annotator takes servers, key and files from its own arguments, never from its learner.
    let own = ["--config", plan.run.configuration]
    startRole("annotator", ["annotator"] + connection + own + model.arguments + ["--name", "annotator"])
  }

  /// The page's process belongs to the run and ends with it.
  private func startDashboard(_ port: Int) {
    let file = plan.run.dashboardFile
    unlink(file)
    let call = plan.installation.role(
      ["dashboard", plan.run.path, "--listen", "127.0.0.1:\(port)", "--ready-file", file]
        + ["--nethack", plan.installation.netHack] + option("--key", localKey),
      mark: RunProcesses(plan.run).mark("dashboard"))
    dashboard = supervise("dashboard", policy: .afterFailure) { call }
    let isReady = peers.wait(atMost: Self.dashboardSeconds) {
      firstLine(of: file) != nil || isStopping || learnerHasEnded
    }
    if let url = firstLine(of: file) {
      say("dashboard: \(url)")
    } else if !isReady {
      say("the dashboard did not start: \(lastLine(of: plan.run.log(of: "dashboard")) ?? "it wrote nothing")")
    }
  }

  private func startRole(_ name: String, _ arguments: [String]) {
    let call = plan.installation.role(arguments, mark: RunProcesses(plan.run).mark(name))
    supervise(name, policy: .afterFailure) { call }
  }

  /// Keeps a process running whose output goes to its log in the run directory.
  /// - Parameter call: what to run; asked for at each start.
  @discardableResult
  private func supervise(
    _ name: String, policy: RestartPolicy, _ call: @escaping () -> ProgramCall
  ) -> SupervisedProcess? {
    supervise(
      name, policy: policy,
      starting: { output in
        try ChildProcess(call(), output: .descriptor(output), errors: .descriptor(output))
      })
  }

  /// - Parameter start: starts the process with a descriptor for its output.
  @discardableResult
  private func supervise(
    _ name: String, policy: RestartPolicy, starting start: @escaping (Int32) throws -> ChildProcess
  ) -> SupervisedProcess? {
    let path = plan.run.log(of: name)
    do {
      let process = try SupervisedProcess(
        name, policy: policy, pidFile: plan.run.pidFile(of: name), note: log.announce,
        lastWords: { lastLine(of: path) },
        start: {
          let output = try openForWriting(path, O_APPEND)
          defer { close(output) }
          return try start(output)
        })
      peers.add(process)
      return process
    } catch {
      log.note("\(name) was not started: \(error)")
      return nil
    }
  }

  /// Starts a server and waits until it answers.
  /// - Returns: its address and the model's name; nil if it did not start, or the run ends first.
  private func startModelServer(_ options: ModelServerOptions) -> (url: String, model: String)? {
    let ready = plan.run.modelServerFile
    unlink(ready)
    let installation = plan.installation
    let mark = RunProcesses(plan.run).mark("llm")
    // A server that exits reports a mistake, which another start would repeat.
    let server = supervise("llm", policy: .afterCrash) {
      var options = options
      // A server that is started again must be where the annotator looks for it.
      options.port = Self.readyServer(ready).flatMap { $0.url.split(separator: ":").last }.flatMap { Int($0) } ?? 0
      options.readyFile = ready
      return ProgramCall(
        installation.launcher, ["serve-llm"] + options.arguments,
        environment: ["TENGU_HOME": installation.home, "TENGU_LLM": installation.languageModel].merging(mark) { $1 })
    }
    guard let server else { return nil }
    modelServer = server
    peers.wait(atMost: Self.modelLoadSeconds) {
      Self.readyServer(ready) != nil || server.hasEnded || isStopping || learnerHasEnded
    }
    if let answer = Self.readyServer(ready) { return answer }
    server.stop()
    if !isStopping, !learnerHasEnded {
      say("the language model did not start: \(lastLine(of: plan.run.log(of: "llm")) ?? "it wrote nothing")")
    }
    return nil
  }

  /// Reads the line that a model server writes once it answers.
  private static func readyServer(_ file: String) -> (url: String, model: String)? {
    guard let words = firstLine(of: file)?.split(separator: " ", maxSplits: 1), words.count == 2 else { return nil }
    return (String(words[0]), String(words[1]))
  }

  // MARK: The end

  /// Handles a signal: the first asks the learner to end the run, the second kills it.
  private func stop() {
    if isStopping { return signalLearner(SIGKILL) }
    isStopping = true
    if RestartSignal.hasArrived {
      signalLearner(SIGUSR1)
      return say("\nstopping for a new start: the learner writes a checkpoint, and attached peers wait for it")
    }
    signalLearner(SIGTERM)
    say("\nstopping: the learner writes a checkpoint and tells its peers to stop (signal again to end it at once)")
  }

  /// If there are several learners, the first gets the signal: the others end in step with it, and mpirun ends them if it
  /// is killed.
  private func signalLearner(_ signal: Int32) {
    guard plan.learners.count > 1, let first = plan.run.learner(program: plan.installation.program) else {
      return learner.send(signal)
    }
    kill(first, signal)
  }

  private func awaitLearner() -> Int32 {
    peers.wait { isStopping || learnerHasEnded }
    if !peers.wait(atMost: SupervisedGroup.standardStopSeconds, until: { learnerHasEnded }) {
      say("the learner did not end within \(Int(SupervisedGroup.standardStopSeconds)) s; killing it")
      signalLearner(SIGKILL)
    }
    return learner.waitUntilExit()
  }

  /// Peers that the learner dismissed end without help. Those of a learner that failed have received nothing, and a model
  /// server knows no learner.
  private func endPeers(learnerStatus: Int32) {
    modelServer?.stop()
    defer { plan.hosts.map { HostPeers($0, plan).revoke() } }
    dashboard?.stop()
    if learnerStatus == 0, peers.wait(atMost: SupervisedGroup.standardStopSeconds, until: { peers.hasEnded }) { return }
    peers.stop()
  }

  private func report(_ status: Int32) {
    log.note("the learner ended with status \(status)")
    if plan.isDetached { return }
    if status != 0 { say("the learner ended with status \(status)") }
    if isStopping || status != 0 { say("continue with: \(plan.installation.continuation(of: plan.run))") }
  }
}

/// The launcher's own log in the run directory: restarts of peers, and the run's end.
struct LaunchLog {
  /// nil if standard error is the log already.
  let file: String?

  /// Writes a line to the log, and shows it in the terminal of the launch.
  func announce(_ text: String) {
    note(text)
    if file != nil { say(text) }
  }

  func note(_ text: String) {
    let line = "\(timeStamp("%Y-%m-%dT%H:%M:%SZ", gmtime_r)) \(text)"
    guard let file else { return say(line) }
    guard let descriptor = try? openForWriting(file, O_APPEND) else { return }
    writeAll(Array("\(line)\n".utf8), to: descriptor)
    close(descriptor)
  }
}
