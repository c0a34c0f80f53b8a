import Foundation
import Synchronization

/// HTTP/1.1 for many requests at a time: one thread, connections kept open.
///
/// It verifies certificates, follows no redirects and uses no proxies of the environment, so that questions and the key
/// reach only the configured server.
final class HTTPClient: Sendable {
  private let loop: CurlLoop

  /// - Throws: `ClientError.library`.
  init() throws(ClientError) {
    loop = try CurlLoop()
    loop.start()
  }

  deinit { close() }

  /// Sends the request and waits for the whole response, whatever its status. Cancelling the task ends the wait at once
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

  /// Cancels the running requests and returns when the thread has ended. Later requests end as cancelled.
  func close() { loop.close() }
}
