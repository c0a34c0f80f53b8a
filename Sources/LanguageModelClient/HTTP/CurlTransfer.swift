import CCurl
import Foundation

/// One request that libcurl runs.
///
/// Ownership: the loop's thread creates, uses and releases it, and removes it from the multi handle before the release.
/// libcurl keeps an unretained pointer to it and uses it only within calls of the loop, which retains the transfer.
final class CurlTransfer {
  /// More than a week; libcurl accepts 31 bits on machines with a 32-bit long.
  private static let millisecondsAtMost = 1e9

  let easy: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?
  private var body = Data()
  private var headerBytes = 0
  private var isTooLong = false

  /// nil if libcurl has no memory or refuses an option.
  init?(_ request: HTTPRequest) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    for line in request.headers { headers = curl_slist_append(headers, line) ?? headers }
    guard limit(request), trust(request), prepare(request) else { return nil }
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(headers)
  }

  func outcome(_ code: CURLcode) -> HTTPCall.Outcome {
    let text = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_OK:
      let wait = tengu_curl_size(easy, CURLINFO_RETRY_AFTER)
      return .success(
        HTTPResponse(
          status: tengu_curl_number(easy, CURLINFO_RESPONSE_CODE), body: body,
          retryAfterSeconds: wait > 0 ? Double(wait) : nil))
    case CURLE_OPERATION_TIMEDOUT: return .failure(.timeout)
    case CURLE_FILESIZE_EXCEEDED: return .failure(.tooLong(bytes: HTTPRequest.maximumBodyBytes))
    case CURLE_WRITE_ERROR where isTooLong: return .failure(.tooLong(bytes: HTTPRequest.maximumBodyBytes))
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
      return .failure(.notHTTP(text))
    default: return .failure(.unreachable(text))
    }
  }

  /// Sets the limits of the request.
  private func limit(_ request: HTTPRequest) -> Bool {
    func milliseconds(_ seconds: Double) -> Int {
      // 0 would select libcurl's default.
      Int(max(1, min(seconds * 1000, Self.millisecondsAtMost)))
    }
    return [
      tengu_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
      tengu_curl_set_number(easy, CURLOPT_FOLLOWLOCATION, 0),
      tengu_curl_set_number(easy, CURLOPT_SSL_VERIFYPEER, 1),
      tengu_curl_set_number(easy, CURLOPT_SSL_VERIFYHOST, 2),
      // Every encoding that libcurl can undo. The limit on the body counts the decoded bytes.
      tengu_curl_set_text(easy, CURLOPT_ACCEPT_ENCODING, ""),
      // Timeouts of the resolver by signals would hit any thread.
      tengu_curl_set_number(easy, CURLOPT_NOSIGNAL, 1),
      tengu_curl_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connectTimeoutSeconds)),
      tengu_curl_set_number(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.timeoutSeconds)),
      tengu_curl_set_size(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(HTTPRequest.maximumBodyBytes)),
    ].allSatisfy { $0 == CURLE_OK }
  }

  /// libcurl itself does not read SSL_CERT_FILE, unlike its command-line tool.
  private func trust(_ request: HTTPRequest) -> Bool {
    let variable = ProcessInfo.processInfo.environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    var codes: [CURLcode] = []
    if let file = request.authorities ?? variable { codes.append(tengu_curl_set_text(easy, CURLOPT_CAINFO, file)) }
    if !request.usesProxy { codes.append(tengu_curl_set_text(easy, CURLOPT_PROXY, "")) }
    return codes.allSatisfy { $0 == CURLE_OK }
  }

  private func prepare(_ request: HTTPRequest) -> Bool {
    let context = Unmanaged.passUnretained(self).toOpaque()
    var codes = [
      tengu_curl_set_text(easy, CURLOPT_URL, request.url),
      // One request per connection, so that a stalled stream does not delay others.
      tengu_curl_set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1),
      tengu_curl_set_list(easy, CURLOPT_HTTPHEADER, headers),
      tengu_curl_set_pointer(easy, CURLOPT_WRITEDATA, context),
      tengu_curl_set_pointer(easy, CURLOPT_HEADERDATA, context),
      tengu_curl_set_receiver(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
        CurlTransfer.of(context)?.receive(body: bytes, count: size * count) ?? 0
      },
      tengu_curl_set_receiver(easy, CURLOPT_HEADERFUNCTION) { _, size, count, context in
        CurlTransfer.of(context)?.receive(headerBytes: size * count) ?? 0
      },
    ]
    if let body = request.body {
      // libcurl copies the body and needs its size first.
      codes.append(tengu_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
      codes.append(
        body.withUnsafeBytes {
          tengu_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
        })
    }
    return codes.allSatisfy { $0 == CURLE_OK }
  }

  // MARK: Called by libcurl

  private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }

  private func receive(body bytes: UnsafeMutablePointer<CChar>?, count: Int) -> Int {
    guard let bytes, body.count + count <= HTTPRequest.maximumBodyBytes else {
      isTooLong = true
      return 0
    }
    body.append(UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: count)
    return count
  }

  private func receive(headerBytes count: Int) -> Int {
    headerBytes += count
    guard headerBytes <= HTTPRequest.maximumHeaderBytes else {
      isTooLong = true
      return 0
    }
    return count
  }
}
