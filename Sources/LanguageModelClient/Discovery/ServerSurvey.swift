import Judging

/// One look at each server before a run starts: whether it answers, and has the model.
public struct ServerSurvey: Sendable {
  /// What one server said.
  public enum Finding: Sendable, Hashable {
    /// It answers and has this model.
    case model(String)
    /// It cannot be used now, with the reason.
    case problem(String)
  }

  /// Seconds that one server may take. A server that loads its model answers this question already.
  private static let timeoutSeconds = 5.0

  private let model: String?
  private let connections: [ServerConnection]

  /// Reads the key. It contacts no server.
  /// - Parameter authorities: a file with the certificates to trust; nil for the system's.
  /// - Throws: `ClientError` for an address or a key that cannot be used.
  public init(servers: [String], model: String?, key: KeySource, authorities: String? = nil) throws(ClientError) {
    let key = try key.read()
    let http = try HTTPClient()
    var connections: [ServerConnection] = []
    for server in servers {
      connections.append(
        ServerConnection(
          address: try ServerAddress(server), key: key, http: http, connectTimeoutSeconds: Self.timeoutSeconds,
          authorities: authorities))
    }
    self.connections = connections
    self.model = model
  }

  /// Asks each server for its list of models, one server after the other.
  /// - Returns: the servers' addresses and what they said.
  public func run() async -> [(address: String, finding: Finding)] {
    var findings: [(address: String, finding: Finding)] = []
    for connection in connections {
      let discovery = Discovery(connection: connection, model: model, timeoutSeconds: Self.timeoutSeconds)
      do throws(AttemptFailure) {
        findings.append((connection.address.description, .model(try await discovery.findModel().model)))
      } catch {
        findings.append((connection.address.description, .problem(error.description)))
      }
    }
    return findings
  }
}
