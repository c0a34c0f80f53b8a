import Foundation
import TestSupport
import Transport

/// The keys of a learner and its peers in a folder, as `tengu keys` makes them.
struct ClusterKeys {
  private let learner: KeyFile
  /// The folder of the public keys that the learner allows.
  let allowed: String
  let learnerPath: String

  init(in folder: TemporaryDirectory) throws {
    allowed = folder.path + "/keys"
    try FileManager.default.createDirectory(atPath: allowed, withIntermediateDirectories: true)
    learner = KeyFile(pair: try CurveKeyPair.generate())
    learnerPath = allowed + "/learner.secret"
    try learner.writeSecret(learnerPath)
  }

  /// Makes a key and allows it.
  func add(
    _ name: String, _ roles: Set<KeyRole>, sessions: Int = 1, expiry: Double? = nil
  ) throws -> ConnectSecurity {
    let own = try CurveKeyPair.generate()
    try PublicKeyFile(keys: [own.publicKey], roles: roles, expiry: expiry, sessions: sessions)
      .write("\(allowed)/\(name).public")
    return .curve(own: own, learner: learner.pair.publicKey)
  }

  /// Takes a key's permission away.
  func revoke(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(allowed)/\(name).public") }
}
