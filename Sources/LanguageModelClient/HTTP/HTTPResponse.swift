import Foundation

/// An answer that has arrived whole.
struct HTTPResponse: Sendable, Hashable {
  var status: Int
  var body: Data
  /// From a Retry-After field, given there in seconds or as a date.
  var retryAfterSeconds: Double?
}
