import Configuration
import Foundation
import Learner
import Runtime
import Synchronization
import Telemetry

/// The web page of runs: a few files, and what they ask for as JSON. It reads run directories and asks learners for their
/// status; it changes nothing.
public final class DashboardServer: Sendable {
  /// What the dashboard needs from the program that it is part of.
  public struct Program: Sendable {
    /// Reads a configuration file, with the fields of all tasks.
    public var readConfiguration: @Sendable (_ path: String) throws -> RunConfiguration
    /// Asks the learner of a run directory for its status.
    public var askStatus: @Sendable (_ run: String) throws -> RunStatus
    /// The folder of libnethack.so.
    public var netHackDirectory: String?

    public init(
      netHackDirectory: String?, readConfiguration: @escaping @Sendable (String) throws -> RunConfiguration,
      askStatus: @escaping @Sendable (String) throws -> RunStatus
    ) {
      self.netHackDirectory = netHackDirectory
      self.readConfiguration = readConfiguration
      self.askStatus = askStatus
    }
  }

  private let server: HTTPServer
  /// The address of the page, with the token if one is needed.
  public let url: String

  /// Listens, and starts the server.
  /// - Parameter address: HOST:PORT; port 0 takes a free port.
  /// - Throws: what `HTTPServer.init` throws.
  public init(_ runs: ShownRuns, address: String, program: Program) throws {
    let rule = AccessRule(isLoopback: AccessRule.isLoopback(address))
    let answers = DashboardAnswers(runs: runs, program: program)
    server = try HTTPServer(address: address, subject: "dashboard", option: "--listen") { request in
      switch rule.verdict(on: request) {
      case .refused(let refusal): return HTTPResponse(refusal)
      case .keep(let cookie):
        var response = HTTPResponse(redirect: "/")
        response.fields.append(("Set-Cookie", "\(cookie); HttpOnly; SameSite=Strict; Path=/"))
        return response
      case .allowed: return answers.answer(request)
      }
    }
    url = "http://\(server.address)/" + (rule.token.map { "?token=\($0)" } ?? "")
  }

  public func close() { server.close() }
}

/// The answers to allowed requests. Used by the server's thread.
final class DashboardAnswers: Sendable {
  /// Runs and metrics of one request.
  private static let maximumRuns = 12
  private static let maximumMetrics = 12

  private let runs: ShownRuns
  private let program: DashboardServer.Program
  private let curves = CurveReader()
  /// The episode that was shown last: playing one again takes a while.
  private let episode = Mutex<(path: String, json: [UInt8])?>(nil)

  init(runs: ShownRuns, program: DashboardServer.Program) {
    self.runs = runs
    self.program = program
  }

  func answer(_ request: HTTPRequest) -> HTTPResponse {
    if let file = PageFile.all[request.path] { return file.response }
    let query = request.query
    do {
      switch request.path {
      case "/api/runs": return try json(RunsView(runs))
      case "/api/metrics": return try json(MetricsView(runs))
      case "/api/curves": return try json(curves(query))
      case "/api/status": return try json(status(try run(query["run"])))
      case "/api/captions":
        return try json(
          CaptionsView(
            try run(query["run"]), search: query["search"] ?? "",
            order: CaptionsView.Order(rawValue: query["order"] ?? "") ?? .paid,
            offset: query["offset"].flatMap { Int($0) } ?? 0))
      case "/api/episode": return try episode(of: try run(query["run"]))
      case "/api/differences":
        return try json(
          DifferencesView(try run(query["first"]), try run(query["second"]), read: program.readConfiguration))
      default: return HTTPResponse(.notFound)
      }
    } catch let refusal as HTTPRequest.Refusal {
      return HTTPResponse(refusal)
    } catch {
      return problem("\(error)")
    }
  }

  /// The run that a request names.
  /// - Throws: `HTTPRequest.Refusal` if there is none.
  private func run(_ id: String?) throws -> ShownRuns.Run {
    guard let run = runs.run(id) else { throw HTTPRequest.Refusal.notFound }
    return run
  }

  private func list(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }

  private func curves(_ query: [String: String]) throws -> [String: [CurveReader.Curve]] {
    let metrics = list(query["metrics"]).prefix(Self.maximumMetrics).filter(MetricsRecord.isName)
    let shown = try list(query["runs"]).prefix(Self.maximumRuns).map { try run($0) }
    let read = shown.map { curves.curves(of: metrics, $0) }
    let all = metrics.enumerated().map { index, metric in (metric, read.map { $0[index] }) }
    return Dictionary(all) { first, _ in first }
  }

  private struct StatusAnswer: Encodable {
    var status: RunStatus?
    /// Why there is no status; empty if there is one.
    var reason = ""
  }

  private func status(_ run: ShownRuns.Run) -> StatusAnswer {
    guard PosixFileSystem().exists("\(run.path)/endpoint") else {
      return StatusAnswer(reason: "No learner works on this run now.")
    }
    do {
      return StatusAnswer(status: try program.askStatus(run.path))
    } catch {
      return StatusAnswer(reason: "The learner gave no status: \(error)".printable)
    }
  }

  private func episode(of run: ShownRuns.Run) throws -> HTTPResponse {
    guard let file = EpisodeView.newest(of: run) else {
      return problem("This run has recorded no evaluation yet: set evaluation.every_steps.")
    }
    if let kept = episode.withLock({ $0 }), kept.path == file.path {
      return HTTPResponse(contentType: "application/json", body: kept.json)
    }
    let response = try json(EpisodeView(file, netHackDirectory: program.netHackDirectory))
    episode.withLock { $0 = (file.path, response.body) }
    return response
  }

  private struct Problem: Encodable {
    var problem: String
  }

  /// An answer that says why there is none.
  private func problem(_ text: String) -> HTTPResponse {
    (try? json(Problem(problem: text.printable))) ?? HTTPResponse(.unavailable)
  }

  private func json(_ value: some Encodable) throws -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return HTTPResponse(contentType: "application/json", body: try encoder.encode(value))
  }
}
