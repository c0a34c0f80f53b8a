import CCurl
import CPlatform
import Foundation
import Glibc
import Runtime
import Synchronization

/// The thread that runs libcurl's multi interface.
///
/// The thread polls the sockets and tells libcurl which of them are ready (`curl_multi_socket_action`). If libcurl
/// polled, it would check every running request with a system call at each event.
///
/// Ownership: the multi handle, the transfers and the poll set belong to this thread from `start` until it ends and
/// frees them. libcurl calls back on this thread only, within calls of this class. Other threads post to the mailbox
/// and signal the event descriptor, which lives as long as this object.
final class CurlLoop: @unchecked Sendable {
  /// Idle connections that libcurl keeps; more than the concurrent requests of any configuration.
  private static let maximumIdleConnections = 1024
  private static let maximumWaitSeconds = 60.0

  private struct Mailbox {
    var submitted: [HTTPCall] = []
    var abandoned: [HTTPCall] = []
    var isClosing = false
  }

  private static let libraryStatus = tengu_curl_start()

  private let multi: UnsafeMutableRawPointer
  private let wakeUp: Int32
  private var sockets: PollSet
  /// Time at which libcurl must be called without an event.
  private var due: Double?
  private var transfers: [ObjectIdentifier: CurlTransfer] = [:]
  private var calls: [UnsafeMutableRawPointer: HTTPCall] = [:]
  private let clock = PoolClock()
  private let mailbox = Mutex(Mailbox())
  private let ended = DispatchGroup()

  /// - Throws: `ClientError.library`.
  init() throws(ClientError) {
    guard Self.libraryStatus == CURLE_OK else {
      throw .library(String(cString: curl_easy_strerror(Self.libraryStatus)))
    }
    let wakeUp = tengu_event_descriptor()
    guard wakeUp >= 0 else { throw .library(String(cString: strerror(errno))) }
    guard let multi = curl_multi_init() else {
      Glibc.close(wakeUp)
      throw .library("out of memory")
    }
    self.multi = multi
    self.wakeUp = wakeUp
    sockets = PollSet(wakeUp: wakeUp)
    tengu_curl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, Self.maximumIdleConnections)
    let context = Unmanaged.passUnretained(self).toOpaque()
    tengu_curl_multi_set_watcher(
      multi,
      { _, socket, what, context, _ in
        CurlLoop.of(context)?.sockets.watch(socket, what)
        return 0
      }, context)
    tengu_curl_multi_set_timer(
      multi,
      { _, milliseconds, context in
        CurlLoop.of(context)?.setTimer(milliseconds)
        return 0
      }, context)
  }

  deinit { Glibc.close(wakeUp) }

  /// Call it once, before anything else.
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
      return true
    }
    if isOpen { tengu_event_signal(wakeUp) } else { call.end(.failure(.cancelled)) }
  }

  /// Drops the transfer of a call that has ended.
  func abandon(_ call: HTTPCall) {
    mailbox.withLock { if !$0.isClosing { $0.abandoned.append(call) } }
    tengu_event_signal(wakeUp)
  }

  /// Cancels all calls and waits until the thread has ended.
  func close() {
    mailbox.withLock { $0.isClosing = true }
    tengu_event_signal(wakeUp)
    ended.wait()
  }

  // MARK: The thread

  private func run() {
    var ready: [(socket: Int32, events: Int32)] = []
    var running: Int32 = 0
    while true {
      tengu_event_clear(wakeUp)
      let mail = mailbox.withLock { mailbox in
        defer { (mailbox.submitted, mailbox.abandoned) = ([], []) }
        return mailbox
      }
      for call in mail.submitted { begin(call) }
      for call in mail.abandoned { drop(call) }
      if mail.isClosing { break }
      for (socket, events) in ready { curl_multi_socket_action(multi, socket, events, &running) }
      if let due, due <= clock.now {
        self.due = nil
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
      }
      collect()
      ready = sockets.wait(milliseconds: waitMilliseconds)
    }
    for call in Array(calls.values) {
      call.end(.failure(.cancelled))
      drop(call)
    }
    curl_multi_cleanup(multi)
  }

  /// Milliseconds until the timer, rounded up, because a wait that ends too early would be repeated.
  private var waitMilliseconds: Int32 {
    let seconds = min(due.map { max(0, $0 - clock.now) } ?? .infinity, Self.maximumWaitSeconds)
    return Int32((seconds * 1000).rounded(.up))
  }

  private func begin(_ call: HTTPCall) {
    // The call was cancelled before the thread received it.
    guard !call.isEnded else { return }
    guard let transfer = CurlTransfer(call.request), curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
      return call.end(.failure(.unreachable("libcurl cannot begin the request")))
    }
    transfers[ObjectIdentifier(call)] = transfer
    calls[transfer.easy] = call
  }

  /// Delivers the results of finished transfers.
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

  // MARK: Called by libcurl

  private static func of(_ context: UnsafeMutableRawPointer?) -> CurlLoop? {
    context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setTimer(_ milliseconds: Int) {
    due = milliseconds < 0 ? nil : clock.now + 0.001 * Double(milliseconds)
  }
}

/// The sockets that libcurl watches, and one descriptor that wakes the poll.
struct PollSet {
  /// The first one wakes the poll.
  private var items: [pollfd]
  private var places: [Int32: Int] = [:]

  init(wakeUp: Int32) { items = [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)] }

  /// - Parameter what: libcurl's `CURL_POLL_IN`, `CURL_POLL_OUT`, both or `CURL_POLL_REMOVE`.
  mutating func watch(_ socket: Int32, _ what: Int32) {
    guard what != CURL_POLL_REMOVE else { return forget(socket) }
    var events: Int32 = 0
    if what & CURL_POLL_IN != 0 { events |= POLLIN }
    if what & CURL_POLL_OUT != 0 { events |= POLLOUT }
    let item = pollfd(fd: socket, events: Int16(events), revents: 0)
    if let place = places[socket] {
      items[place] = item
    } else {
      places[socket] = items.count
      items.append(item)
    }
  }

  /// Waits until a socket is ready or the wake-up descriptor is signalled.
  /// - Returns: the ready sockets with libcurl's event flags; none after a signal.
  mutating func wait(milliseconds: Int32) -> [(socket: Int32, events: Int32)] {
    guard poll(&items, nfds_t(items.count), milliseconds) > 0 else { return [] }
    return items.dropFirst().compactMap { item in
      let revents = Int32(item.revents)
      guard revents != 0 else { return nil }
      var events: Int32 = 0
      if revents & (POLLIN | POLLHUP) != 0 { events |= CURL_CSELECT_IN }
      if revents & POLLOUT != 0 { events |= CURL_CSELECT_OUT }
      if revents & (POLLERR | POLLNVAL) != 0 { events |= CURL_CSELECT_ERR }
      return (item.fd, events)
    }
  }

  private mutating func forget(_ socket: Int32) {
    guard let place = places.removeValue(forKey: socket) else { return }
    let last = items.removeLast()
    guard place < items.count else { return }
    items[place] = last
    places[last.fd] = place
  }
}
