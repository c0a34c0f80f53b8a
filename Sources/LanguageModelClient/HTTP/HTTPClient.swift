/// HTTP/1.1 for many requests at a time: one thread, connections kept open.
///
/// Certificates are verified, redirects are not followed, proxies of the environment are not used: what is asked and the
/// key that goes with it reach the configured server or nobody.
final class HTTPClient: Sendable {
  private let loop: CurlLoop

  /// - Throws: `ClientError.library`.
  init() throws(ClientError) {
    loop = try CurlLoop()
    loop.start()
  }

  deinit { close() }

  /// Sends the request and waits for the whole answer, whatever its status. Cancelling the task ends the wait at once
  /// and the connection soon after.
  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    let call = HTTPCall(request)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if call.await(continuation) { loop.submit(call) }
      }
    } onCancel: {
      call.end(.failure(.cancelled))
      loop.abandon(call)
    }
  }

  /// Cancels what is under way and returns when the thread has ended. Later requests end as cancelled.
  func close() { loop.close() }
}
