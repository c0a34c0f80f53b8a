import Configuration
import Foundation
import Learner
import Runtime
import Transport
import Wire

/// A connection to a learner that asks for its status, once or again and again.
final class StatusConnection {
  /// What a connection brings.
  enum Event {
    case status(RunStatus)
    /// The learner cannot be reached at the moment; the connection tries again.
    case lost(String)
    /// The run ended.
    case ended(String)
  }

  /// Seconds to wait for the answer of the learner.
  static let patienceSeconds = 5.0

  private let peer: PeerOptions
  private let link: LearnerLink
  private var isWelcomed = false

  /// - Parameters:
  ///   - target: a run directory, or the HOST:PORT of a learner.
  ///   - key: path of the secret key, or nil.
  /// - Throws: `ConfigurationError` or `RunError` naming the target, if there is no learner to ask.
  init(target: String, key: String?) throws {
    peer = try Self.peer(target, key)
    link = LearnerLink(
      context: try MessagingContext(), options: try peer.link(),
      hello: Hello(role: .observer, name: "", host: peer.host), seed: peer.session)
  }

  /// The connection to the learner, from its run directory or its address.
  private static func peer(_ target: String, _ key: String?) throws -> PeerOptions {
    var peer = PeerOptions()
    peer.connect = target
    peer.name = ""
    peer.key = key
    peer.log = nil
    guard FileManager.default.fileExists(atPath: target) else {
      guard target.contains(":") else {
        throw ConfigurationError(["\"\(target)\" is neither a run directory nor the HOST:PORT of a learner"])
      }
      return peer
    }
    guard let endpoint = try TextFile.read("\(target)/endpoint") else {
      throw RunError.refused("no learner is running in \(target)")
    }
    // Of several learners the first one has the run's state.
    let address = endpoint.split(separator: "\n").first.map(String.init) ?? ""
    guard try key != nil || Endpoint(address).isLoopback else {
      throw ConfigurationError([
        "the learner of \(target) listens on \(address) and needs a key; add --key FILE, such as keys/local.secret"
      ])
    }
    // A learner that listens on all addresses is reachable over loopback on its own machine.
    peer.connect = address.hasPrefix("0.0.0.0:") ? "127.0.0.1" + address.dropFirst("0.0.0.0".count) : address
    return peer
  }

  /// Asks once and ends the session.
  /// - Parameter patience: seconds to wait for the answer.
  /// - Throws: `RunError.refused` if no answer comes.
  func ask(patience: Double = patienceSeconds) throws -> RunStatus {
    let deadline = MonotonicClock.seconds + patience
    while MonotonicClock.seconds < deadline {
      for event in try pump() {
        switch event {
        case .status(let status):
          close("asked for the status")
          return status
        case .lost(let reason), .ended(let reason): throw RunError.refused(reason)
        }
      }
      let poller = Poller()
      if let socket = link.socket { _ = poller.add(socket) }
      _ = try poller.wait(milliseconds: 20)
    }
    throw RunError.refused("no answer from a learner at \(peer.connect)")
  }

  /// Does everything that is possible without waiting. A session that begins asks for the status by itself.
  /// - Throws: `RunError.refused` if the learner refuses this peer; `FileError` if its answer cannot be read.
  func pump() throws -> [Event] {
    var events: [Event] = []
    for event in link.pump(now: MonotonicClock.seconds, heartbeat: { Heartbeat() }) {
      switch event {
      case .welcomed:
        isWelcomed = true
        request()
      case .received(let envelope):
        guard case .status(let status) = envelope.message else { continue }
        events.append(.status(try RunStatus(answer: status.json)))
      case .lost(let reason, _):
        isWelcomed = false
        events.append(.lost(reason))
      case .refused(let refused): throw RunError.refused(refused.text)
      case .ended(let goodbye): events.append(.ended(goodbye.text))
      }
    }
    return events
  }

  /// Asks for the status again.
  func request() {
    if isWelcomed { _ = link.send(.statusRequest(StatusRequest())) }
  }

  /// Adds what a wait for the next event waits for.
  func watch(_ poller: Poller) {
    if let socket = link.socket { _ = poller.add(socket) }
  }

  /// When `pump` is due if nothing arrives, by the monotonic clock.
  var nextDeadline: Double { link.nextDeadline(now: MonotonicClock.seconds) }

  func close(_ reason: String) { link.close(Goodbye(reason: .leaving, text: reason)) }
}
