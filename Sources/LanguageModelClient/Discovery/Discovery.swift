import Judging

/// Finds out how a server wants to be asked: where its endpoints are, its model, and the form of a question that it
/// accepts. Servers ignore unknown fields, so only an answer proves a feature; and they refuse fields with any status, so
/// a refusal is blamed on a field only if the question without it is answered.
struct Discovery: Sendable {
  static let maximumListedModels = 20

  let connection: ServerConnection
  /// The required model, as configured or as another server reported it; if nil, the only model of the server.
  let model: String?
  /// Timeout of each request in seconds.
  let timeoutSeconds: Double

  func run(_ kind: QuestionKind) async throws(AttemptFailure) -> ServerCapabilities {
    let (model, base) = try await findModel()
    var search = FormSearch(
      connection: connection, timeoutSeconds: timeoutSeconds, kind: kind, model: model, base: base)
    var features = try await search.run()
    if kind.isConstrained { features.constraint = try await search.constraint(features) }
    return ServerCapabilities(model: model, base: search.base, features: [kind: features], remarks: search.remarks)
  }

  /// - Throws: the reason why the server has no model, or not the required one.
  func findModel() async throws(AttemptFailure) -> (model: String, base: String) {
    var (models, base): ([String]?, String) = (nil, connection.address.bases[0])
    for candidate in connection.address.bases where models == nil {
      do {
        models = try await connection.models(at: candidate, timeoutSeconds: timeoutSeconds)
        base = candidate
      } catch .status(let status, _, _) where [400, 404, 405, 501].contains(status) {
        continue
      } catch .malformed(let reason) {
        // A page instead of a list: the endpoints are elsewhere, or this server lists nothing.
        if model == nil, candidate == connection.address.bases.last { throw .malformed(reason) }
      }
    }
    guard let models else {
      guard let model else { throw Self.noModel("it lists no models, and none is configured") }
      return (model, base)
    }
    let listed = models.prefix(Self.maximumListedModels).joined(separator: ", ")
    if let model {
      // Ollama reads a name without a tag as the tag "latest"; gateways list names with a prefix, such as "models/".
      guard models.contains(where: { $0 == model || $0 == "\(model):latest" || $0.hasSuffix("/\(model)") }) else {
        throw Self.noModel("there is no model \"\(model)\"; it has: \(shown(listed))")
      }
      return (model, base)
    }
    guard let only = models.first, models.count == 1 else {
      throw Self.noModel("one model has to be configured; it has: \(shown(listed))")
    }
    return (only, base)
  }

  private static func noModel(_ text: String) -> AttemptFailure { .status(404, text, retryAfterSeconds: nil) }

  private func shown(_ text: String) -> String {
    text.isEmpty ? "none" : ErrorText.printable(text, key: connection.key)
  }
}

/// The features that discovery has found. Nothing is assumed from the server's name or version.
struct ServerCapabilities: Sendable, Hashable {
  var model: String
  /// The path before the endpoints.
  var base: String
  /// The accepted form of each kind of question.
  var features: [QuestionKind: QuestionFeatures]
  /// Fields that the server refuses, each with its own words, for the log.
  var remarks: [String] = []
}
