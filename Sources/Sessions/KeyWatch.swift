import Foundation
import Telemetry
import Transport

/// The keys that may connect, read again during the run: keys can be added, revoked and expire. Used by the I/O
/// thread alone.
package final class KeyWatch {
  /// Seconds between two looks at the folder, and so until a change takes effect.
  private static let intervalSeconds = 1.0

  private let authenticator: Authenticator
  private let log: LogWriter
  private var nextLook = 0.0
  /// Why the folder could not be read at the latest look; nil if it could.
  private var failure: String?

  /// - Parameter own: the learner's key, whose public file often lies next to those of its peers.
  package init(_ authenticator: Authenticator, own: CurvePublicKey?, _ log: LogWriter) {
    self.authenticator = authenticator
    self.log = log
    let old = authenticator.allowList.keys.filter { $0.key != own && $0.value.roles == nil }.map(\.value.name).sorted()
    if !old.isEmpty {
      let keys = old.prefix(5).joined(separator: ", ") + (old.count > 5 ? " and \(old.count - 5) more" : "")
      log.warning(
        "keys without a role may do everything: \(keys); add a line such as role = \"worker\" to their .public files")
    }
  }

  /// The entry of a key; nil if it is not allowed or has expired.
  package func entry(of key: CurvePublicKey) -> AllowedKey? {
    authenticator.allowList.keys[key].flatMap { $0.isExpired(at: Timestamp.now()) ? nil : $0 }
  }

  /// Reads the folder again if it is time, and logs what changed.
  /// - Returns: whether keys may have changed or expired since the last call.
  package func isDue(now: Double) -> Bool {
    guard now >= nextLook else { return false }
    nextLook = now + Self.intervalSeconds
    let before = authenticator.allowList
    do {
      if try authenticator.allowList.reload() { report(before, authenticator.allowList) }
      failure = nil
    } catch {
      if failure != "\(error)" { log.warning("the allowed keys stay as they were: \(error)") }
      failure = "\(error)"
    }
    return true
  }

  private func report(_ before: AllowList, _ after: AllowList) {
    func names(_ keys: some Sequence<CurvePublicKey>, of list: AllowList) -> String {
      keys.compactMap { list.keys[$0]?.name }.sorted().joined(separator: ", ")
    }
    let added = names(after.keys.keys.filter { before.keys[$0] == nil }, of: after)
    let removed = names(before.keys.keys.filter { after.keys[$0] == nil }, of: before)
    if !added.isEmpty { log.info("allowed keys added: \(added)") }
    if !removed.isEmpty { log.info("allowed keys removed: \(removed)") }
    for problem in after.problems where !before.problems.contains(problem) {
      log.warning("a key file is not used: \(problem)")
    }
  }
}
