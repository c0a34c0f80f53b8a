import CCurl
import CPlatform
import Foundation
import Synchronization

/// The thread that runs libcurl's multi interface.
///
/// Rule: the multi handle and the transfers belong to this thread alone, until it ends and frees them. Other threads
/// post to the mailbox and call `curl_multi_wakeup`, which libcurl allows, under the mailbox's lock and only while the
/// mailbox is open: the thread closes it, under the lock, before it frees the handle.
final class CurlLoop: @unchecked Sendable {
  /// Idle connections kept; more than any configuration has under way at once.
  private static let maximumIdleConnections = 1024
  private static let maximumWaitMilliseconds: Int32 = 1000

  private struct Mailbox {
    var submitted: [HTTPCall] = []
    var abandoned: [HTTPCall] = []
    var isClosing = false
    /// The handle is gone or about to go.
    var isClosed = false
  }

  private static let libraryStatus = tengu_curl_start()

  private let multi: UnsafeMutableRawPointer
  private var transfers: [ObjectIdentifier: CurlTransfer] = [:]
  private var calls: [UnsafeMutableRawPointer: HTTPCall] = [:]
  private let mailbox = Mutex(Mailbox())
  private let ended = DispatchGroup()

  /// - Throws: `ClientError.library`.
  init() throws(ClientError) {
    guard Self.libraryStatus == CURLE_OK else {
      throw .library(String(cString: curl_easy_strerror(Self.libraryStatus)))
    }
    guard let multi = curl_multi_init() else { throw .library("out of memory") }
    self.multi = multi
    tengu_curl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, Self.maximumIdleConnections)
  }

  /// To be called once, before anything else.
  func start() {
    ended.enter()
    let thread = Thread { [self] in
      tengu_name_thread("language-model")
      run()
      ended.leave()
    }
    thread.start()
  }

  func submit(_ call: HTTPCall) {
    let isOpen = mailbox.withLock { mailbox in
      guard !mailbox.isClosing else { return false }
      mailbox.submitted.append(call)
      if mailbox.submitted.count == 1 { curl_multi_wakeup(multi) }
      return true
    }
    if !isOpen { call.end(.failure(.cancelled)) }
  }

  /// Drops the transfer of a call that has ended.
  func abandon(_ call: HTTPCall) {
    mailbox.withLock { mailbox in
      guard !mailbox.isClosing else { return }
      mailbox.abandoned.append(call)
      if mailbox.abandoned.count == 1 { curl_multi_wakeup(multi) }
    }
  }

  /// Ends all calls as cancelled and waits for the thread's end.
  func close() {
    mailbox.withLock { mailbox in
      mailbox.isClosing = true
      if !mailbox.isClosed { curl_multi_wakeup(multi) }
    }
    ended.wait()
  }

  // MARK: The thread

  private func run() {
    while true {
      let mail = mailbox.withLock { mailbox in
        defer { (mailbox.submitted, mailbox.abandoned) = ([], []) }
        return mailbox
      }
      for call in mail.submitted { begin(call) }
      for call in mail.abandoned { drop(call) }
      if mail.isClosing { break }
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      collect()
      curl_multi_poll(multi, nil, 0, Self.maximumWaitMilliseconds, nil)
    }
    mailbox.withLock { $0.isClosed = true }
    for call in Array(calls.values) {
      call.end(.failure(.cancelled))
      drop(call)
    }
    curl_multi_cleanup(multi)
  }

  private func begin(_ call: HTTPCall) {
    // Cancelled before it got here.
    guard !call.isEnded else { return }
    guard let transfer = CurlTransfer(call.request), curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
      return call.end(.failure(.unreachable("libcurl cannot begin the request")))
    }
    transfers[ObjectIdentifier(call)] = transfer
    calls[transfer.easy] = call
  }

  /// Hands over what has finished.
  private func collect() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle, let call = calls[easy],
        let transfer = transfers[ObjectIdentifier(call)]
      else { continue }
      // The message lives as long as the handle is part of the multi handle.
      let code = message.pointee.data.result
      call.end(transfer.outcome(code))
      drop(call)
    }
  }

  private func drop(_ call: HTTPCall) {
    guard let transfer = transfers.removeValue(forKey: ObjectIdentifier(call)) else { return }
    calls[transfer.easy] = nil
    curl_multi_remove_handle(multi, transfer.easy)
  }
}
