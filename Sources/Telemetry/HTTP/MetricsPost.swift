import CCurl
import Foundation

/// Posts JSON to one address with libcurl, and waits for the answer. Used by one thread at a time, which it blocks.
public final class MetricsPost {
  /// Seconds until a receiver counts as unreachable.
  private static let limitMilliseconds = 5_000
  /// Statuses after which the protocol says to try again: too many requests, and three of gateways.
  private static let retried: Set<Int> = [429, 502, 503, 504]

  private let handle: UnsafeMutableRawPointer
  private let head: UnsafeMutablePointer<curl_slist>?

  /// - Parameters:
  ///   - url: http or https.
  ///   - headers: further lines of the request's head.
  /// - Returns: nil if libcurl cannot be started.
  public init?(url: String, headers: [String] = []) {
    guard tengu_curl_start() == CURLE_OK, let handle = curl_easy_init() else { return nil }
    self.handle = handle
    head = (["Content-Type: application/json"] + headers).reduce(nil) { curl_slist_append($0, $1) }
    _ = tengu_curl_set_text(handle, CURLOPT_URL, url)
    _ = tengu_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = tengu_curl_set_list(handle, CURLOPT_HTTPHEADER, head)
    _ = tengu_curl_set_number(handle, CURLOPT_TIMEOUT_MS, Self.limitMilliseconds)
    // Signals belong to the program, and this is not its main thread.
    _ = tengu_curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    // The answer's body says nothing that the status does not.
    _ = tengu_curl_set_receiver(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(head)
  }

  public func post(_ body: Data) -> PostOutcome {
    let code = body.withUnsafeBytes { bytes in
      _ = tengu_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      _ = tengu_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
      return curl_easy_perform(handle)
    }
    guard code == CURLE_OK else { return .later(String(cString: curl_easy_strerror(code))) }
    return Self.outcome(status: tengu_curl_number(handle, CURLINFO_RESPONSE_CODE))
  }

  /// What a status of HTTP means for the records that were sent.
  static func outcome(status: Int) -> PostOutcome {
    switch status {
    case 200..<300: .accepted
    case let status where retried.contains(status): .later("the collector answers with status \(status)")
    default: .refused("the collector refuses them with status \(status)")
    }
  }
}
