import Foundation
import Runtime

/// The peers of a run on this machine, however they were started and whether or not their launcher lives.
///
/// The launcher marks each peer by a variable of its environment, which the kernel keeps as long as the process lives.
/// Unlike a pid file, the mark survives a kill of the launcher, and no later process has it by chance.
struct RunProcesses {
  struct Peer: Equatable {
    let identifier: pid_t
    /// The name that the launcher gave it, such as "worker-1".
    let name: String
  }

  private static let runVariable = "TENGU_PEER_OF"
  private static let nameVariable = "TENGU_PEER_NAME"
  /// Seconds that a peer may take to end after SIGTERM.
  private static let stopSeconds = 10.0

  private let run: RunFolder

  init(_ run: RunFolder) { self.run = run }

  /// The variables that mark a peer of the run.
  func mark(_ name: String) -> [String: String] {
    [Self.runVariable: Self.real(run.path), Self.nameVariable: name]
  }

  /// The peers that live. Processes of other users cannot be seen.
  var peers: [Peer] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let own = getpid()
    let marker = "\(Self.runVariable)=\(Self.real(run.path))"
    return processes.compactMap { pid_t($0) }.sorted().compactMap { identifier in
      guard identifier != own, let variables = FileManager.default.contents(atPath: "/proc/\(identifier)/environ")
      else { return nil }
      let texts = variables.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      guard texts.contains(marker) else { return nil }
      let name = texts.first { $0.hasPrefix("\(Self.nameVariable)=") }?.dropFirst(Self.nameVariable.count + 1)
      return Peer(identifier: identifier, name: name.map(String.init) ?? "a process")
    }
  }

  /// Ends all peers: SIGTERM, and SIGKILL for those that do not end in time.
  /// - Returns: those that were there.
  func end() -> [Peer] {
    let found = peers
    for peer in found { kill(peer.identifier, SIGTERM) }
    if waitUntilGone() { return found }
    for peer in peers { kill(peer.identifier, SIGKILL) }
    _ = waitUntilGone()
    return found
  }

  private func waitUntilGone() -> Bool {
    let deadline = MonotonicClock.seconds + Self.stopSeconds
    while !peers.isEmpty {
      if MonotonicClock.seconds >= deadline { return false }
      usleep(50_000)
    }
    return true
  }

  /// The path without links, so that one folder has one name.
  private static func real(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

extension [RunProcesses.Peer] {
  /// "worker-1 (pid 10), annotator (pid 11)".
  var list: String { map { "\($0.name) (pid \($0.identifier))" }.joined(separator: ", ") }
}
