import Environments
import Glibc
import Runtime
import Transport

/// A server, started here or reached at an address, and the connection to it. Requests are answered in their order; several
/// may be under way.
///
/// Used by one thread at a time.
final class ServerLink {
  /// A reply with its data; nil where it has none.
  struct Answer {
    let reply: ServerReply
    let data: Frame?
  }

  /// Seconds until a server has imported its packages, if `worker.environment_seconds` is shorter.
  private static let shortestStartSeconds = 60.0
  /// Interval at which a waiting client looks whether the server still runs.
  private static let lookMilliseconds = 50
  private static let maximumDataBytes = 1 << 30
  /// Looks for the end of a server whose connection has closed, and the pause between two.
  private static let endLooks = 100
  private static let endMicroseconds: UInt32 = 5_000

  let options: ServerOptions
  /// The address of a server that runs already; nil for one that is started here.
  private let address: Endpoint?
  private let process: ServerProcess?
  private let channel: any ServerChannel
  private var sequence: UInt32 = 0
  /// Answers to requests of other batches that arrived first.
  private var early: [UInt32: Answer] = [:]

  /// Starts a server, or connects to one. It can be asked at once.
  /// - Throws: `ServerProblem` if it cannot be started.
  init(_ options: ServerOptions, address: Endpoint?) throws(ServerProblem) {
    self.options = options
    self.address = address
    if let address {
      process = nil
      channel = try SocketChannel(address, security: options.security, maximumDataBytes: Self.maximumDataBytes)
    } else {
      let process = try ServerProcess(options, maximumDataBytes: Self.maximumDataBytes)
      self.process = process
      channel = process.channel
    }
  }

  /// What errors call the server.
  var name: String {
    address.map { "the environment server at \($0)" } ?? process.map { "environment server \($0.identifier)" }
      ?? "the environment server"
  }

  /// The number, in its batch, of the environment that the server is stepping; nil if unknown.
  var steppedEnvironment: Int? { process?.steppedEnvironment }

  /// Sends a request.
  /// - Returns: the number of the request, for `receive`.
  /// - Throws: `ServerProblem` if the server takes no more messages.
  func send(
    _ kind: ServerRequest.Kind, batch: UInt32 = 0, count: Int = 0, _ data: Frame? = nil
  ) throws(ServerProblem) -> UInt32 {
    sequence &+= 1
    let request = ServerRequest(kind: kind, sequence: sequence, batch: batch, count: count)
    do throws(ServerProblem) {
      try channel.send(header: request.frame, data: data)
    } catch {
      throw awaitEnd() ?? error
    }
    return sequence
  }

  /// Waits for the answer to a request.
  /// - Parameter isStarting: whether the server has to make something first.
  /// - Throws: `ServerProblem` if it ends, or makes no progress for `worker.environment_seconds`.
  func receive(_ number: UInt32, isStarting: Bool = false) throws(ServerProblem) -> Answer {
    if let answer = early.removeValue(forKey: number) { return answer }
    var limit = options.callSeconds > 0 ? options.callSeconds : .infinity
    if isStarting { limit = max(limit, Self.shortestStartSeconds) }
    var (sight, quiet) = (steppedEnvironment, 0.0)
    var latest = MonotonicClock.seconds
    while true {
      if let answer = try next() {
        if answer.reply.sequence == number { return answer }
        early[answer.reply.sequence] = answer
        continue
      }
      try channel.wait(milliseconds: Self.lookMilliseconds)
      let now = MonotonicClock.seconds
      guard now - latest >= 1e-3 * Double(Self.lookMilliseconds) else { continue }
      if let end { throw end }
      // A process that was stopped for a while has not waited for its server meanwhile.
      quiet += min(now - latest, 2e-3 * Double(Self.lookMilliseconds))
      latest = now
      if steppedEnvironment != sight { (sight, quiet) = (steppedEnvironment, 0) }
      if quiet >= limit {
        let hint = address == nil ? "" : "; it may not run there, or not allow this key (environment.key)"
        throw ServerProblem("has not answered for \(limit) s (worker.environment_seconds)\(hint)")
      }
    }
  }

  private func next() throws(ServerProblem) -> Answer? {
    do throws(ServerProblem) {
      guard let message = try channel.receive() else { return nil }
      return Answer(reply: try ServerReply(message.header), data: message.data)
    } catch {
      throw awaitEnd() ?? error
    }
  }

  /// How the server's process ended, if it ends now: its connection closes a moment earlier.
  private func awaitEnd() -> ServerProblem? {
    for _ in 0..<Self.endLooks where process != nil {
      if let end { return end }
      usleep(Self.endMicroseconds)
    }
    return end
  }

  /// How the server's process ended; nil while it runs.
  private var end: ServerProblem? {
    process?.end.map { end in
      end.hasSuffix("status \(ServerProcess.missingPackagesStatus)")
        ? ServerProblem("needs numpy; run: \(options.python) -m pip install numpy") : ServerProblem(end)
    }
  }

  /// Asks and waits.
  /// - Throws: `ServerProblem`; `EnvironmentError` with the server's words if it cannot do what is asked.
  func ask(_ kind: ServerRequest.Kind, batch: UInt32 = 0, count: Int = 0, _ data: Frame? = nil) throws -> Answer {
    let answer = try receive(send(kind, batch: batch, count: count, data), isStarting: true)
    if let text = answer.reply.error { throw EnvironmentError(text) }
    return answer
  }

  /// What the server plays.
  func describe() throws -> ServerDescription {
    guard let description = try ask(.describe).reply.description else {
      throw ServerProblem("does not describe what it plays")
    }
    process?.hasAnswered()
    return description
  }
}
