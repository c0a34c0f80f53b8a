import CCurl
import Glibc

/// The sockets that libcurl wants to hear of, and one descriptor that wakes the wait.
struct PollSet {
  /// The first is the one that wakes.
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

  /// Waits until one of the sockets has news, or somebody wakes the wait.
  /// - Returns: the sockets and what libcurl calls their news; none after a signal.
  mutating func wait(milliseconds: Int32) -> [(socket: Int32, events: Int32)] {
    guard poll(&items, nfds_t(items.count), milliseconds) > 0 else { return [] }
    return items.dropFirst().compactMap { item in
      let news = Int32(item.revents)
      guard news != 0 else { return nil }
      var events: Int32 = 0
      if news & (POLLIN | POLLHUP) != 0 { events |= CURL_CSELECT_IN }
      if news & POLLOUT != 0 { events |= CURL_CSELECT_OUT }
      if news & (POLLERR | POLLNVAL) != 0 { events |= CURL_CSELECT_ERR }
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
