import Foundation

/// One request, with the limits it is held to.
struct HTTPRequest: Sendable {
  /// No answer of a language model that labels captions is longer: thousands of tokens with 20 alternatives each.
  static let maximumBodyBytes = 1 << 20
  /// Status line and header fields together.
  static let maximumHeaderBytes = 64 << 10

  var url: String
  /// nil for GET, a JSON text for POST.
  var body: Data?
  /// Complete lines, such as "Authorization: Bearer KEY", without control characters.
  var headers: [String]
  var connectTimeoutSeconds: Double
  /// From submission to the last byte of the answer, making the connection included.
  var timeoutSeconds: Double
}
