import ArgumentParser
import Configuration
import Foundation
import Learner
import Runtime
import Transport
import Wire

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Print the state of a run: peers, rates, policy lag, captions.")

  @Argument(help: ArgumentHelp("A run directory, or the HOST:PORT of a learner.", valueName: "run"))
  var target: String

  @Option(help: ArgumentHelp("Secret CURVE key of a peer, for a learner on another machine.", valueName: "file"))
  var key: String?

  @Flag(help: "Print the answer as JSON.")
  var json = false

  /// Seconds to wait for the answer of the learner.
  private static let patienceSeconds = 5.0

  func run() throws {
    try reportingFailure {
      let status = try RunStatus(answer: try ask(try peer()))
      print(json ? try status.printableJSON : status.table)
    }
  }

  /// The connection to the learner, from its run directory or its address.
  private func peer() throws -> PeerOptions {
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
    let address = endpoint.trimmingCharacters(in: .whitespacesAndNewlines)
    guard try key != nil || Endpoint(address).isLoopback else {
      throw ConfigurationError([
        "the learner of \(target) listens on \(address) and needs a key; add --key FILE, such as keys/local.secret"
      ])
    }
    // A learner that listens on all addresses is reachable over loopback on its own machine.
    peer.connect = address.hasPrefix("0.0.0.0:") ? "127.0.0.1" + address.dropFirst("0.0.0.0".count) : address
    return peer
  }

  private func ask(_ peer: PeerOptions) throws -> String {
    let link = LearnerLink(
      context: try MessagingContext(), options: try peer.link(),
      hello: Hello(role: .observer, name: "", host: peer.host), seed: peer.session)
    let deadline = MonotonicClock.seconds + Self.patienceSeconds
    while MonotonicClock.seconds < deadline {
      for event in link.pump(now: MonotonicClock.seconds, heartbeat: { Heartbeat() }) {
        switch event {
        case .welcomed: link.send(.statusRequest(StatusRequest()))
        case .received(let envelope):
          guard case .status(let status) = envelope.message else { continue }
          link.close(Goodbye(reason: .leaving, text: "asked for the status"))
          return status.json
        case .lost(let reason, _): throw RunError.refused(reason)
        case .refused(let refused): throw RunError.refused(refused.text)
        case .ended(let goodbye): throw RunError.refused(goodbye.text)
        }
      }
      let poller = Poller()
      if let socket = link.socket { _ = poller.add(socket) }
      _ = try poller.wait(milliseconds: 20)
    }
    throw RunError.refused("no answer from a learner at \(peer.connect)")
  }
}
