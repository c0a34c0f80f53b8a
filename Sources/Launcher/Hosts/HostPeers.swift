import Foundation
import Runtime
import Transport

/// The workers and annotators of a launch on other machines: their names, arguments and keys.
///
/// Each host gets a key of its own, which is made for one launch: its public file is among the allowed keys as long as the
/// launcher runs, and its secret exists in memory here and on that host.
struct HostPeers {
  /// The program and options that connect; by default ssh.
  static let variable = "TENGU_SSH"

  struct Peer {
    let name: String
    let entry: HostEntry
    let arguments: [String]
  }

  private let plan: LaunchPlan
  private let entries: [HostEntry]
  private let ssh: [String]

  /// - Parameter environment: may name the program that connects.
  init(
    _ file: HostsFile, _ plan: LaunchPlan, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.plan = plan
    entries = file.entries
    let words = (environment[Self.variable] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    ssh = words.isEmpty ? ["ssh"] : words
  }

  /// The processes on all hosts, with the addresses of the run's learners: workers attach to one after the other.
  /// - Parameters:
  ///   - endpoints: HOST:PORT that each learner has bound.
  ///   - hostName: this machine's name.
  func peers(_ endpoints: [String], hostName: String) -> [Peer] {
    var peers: [Peer] = []
    var number = 0
    for entry in entries {
      let addresses = endpoints.map { Self.address($0, for: entry, hostName: hostName) }
      guard let first = addresses.first else { continue }
      let name = Self.plain(entry.host)
      for index in 0..<entry.workers {
        let home = entry.home ?? plan.installation.home
        let arguments =
          ["worker", "--connect", addresses[number % addresses.count], "--name", "\(name)-\(index + 1)"]
          + ["--nethack", entry.home == nil ? plan.installation.netHack : "\(home)/.deps/nethack"]
          + option("--threads", entry.threads.map(String.init)) + option("--python", entry.python)
        peers.append(Peer(name: "\(name)-\(index + 1)", entry: entry, arguments: arguments))
        number += 1
      }
      for index in 0..<entry.annotators {
        let peer = "\(name)-annotator-\(index + 1)"
        peers.append(
          Peer(
            name: peer, entry: entry,
            arguments: ["annotator", "--connect", first, "--name", peer] + plan.languageModel.choice.arguments))
      }
    }
    return peers
  }

  /// The address by which a host reaches a learner.
  static func address(_ endpoint: String, for entry: HostEntry, hostName: String) -> String {
    let port = endpoint.split(separator: ":").last.map(String.init) ?? endpoint
    if let learner = entry.learner { return learner.contains(":") ? learner : "\(learner):\(port)" }
    return endpoint.hasPrefix("0.0.0.0:") ? "\(hostName):\(port)" : endpoint
  }

  /// A host in a name of files and peers: letters, digits, dots and dashes.
  static func plain(_ host: String) -> String {
    let name = host.split(separator: "@").last.map(String.init) ?? host
    return String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" })
  }

  /// The ssh calls of all processes. Makes the keys of the hosts, and allows them.
  /// - Throws: `TransportError` or `LauncherError` naming the key file that is wrong.
  func remotePeers(_ peers: [Peer], learner: CurvePublicKey?) throws -> [(name: String, peer: RemotePeer)] {
    var keys: [String: String] = [:]
    for entry in entries {
      let file = KeyFile(pair: try CurveKeyPair.generate(), learner: learner)
      let sessions = min(PublicKeyFile.maximumSessions, max(1, 2 * (entry.workers + entry.annotators)))
      let allowed = publicFile(of: entry)
      unlink(allowed)
      try PublicKeyFile(keys: [file.pair.publicKey], roles: [.worker, .annotator], sessions: sessions).write(allowed)
      keys[entry.host] = try Self.text(of: file)
    }
    return peers.map { peer in
      let remote = RemotePeer(
        peer.entry, run: plan.run.name, name: peer.name, key: keys[peer.entry.host] ?? "", arguments: peer.arguments,
        home: plan.installation.home, environment: plan.installation.role([]).environment, ssh: ssh)
      return (peer.name, remote)
    }
  }

  /// The text of a secret key file, which only a file shows: it exists for a moment, in a folder of this process.
  private static func text(of file: KeyFile) throws -> String {
    let folder = try FileManager.default.url(
      for: .itemReplacementDirectory, in: .userDomainMask,
      appropriateFor: URL(fileURLWithPath: NSTemporaryDirectory()), create: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "key.secret").path
    try file.writeSecret(path)
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  /// Withdraws the keys of all hosts.
  func revoke() {
    for entry in entries { unlink(publicFile(of: entry)) }
  }

  private func publicFile(of entry: HostEntry) -> String {
    "\(plan.keys?.allowed ?? ".")/\(plan.run.name)-\(Self.plain(entry.host)).public"
  }
}
