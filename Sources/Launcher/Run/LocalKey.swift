import Foundation
import Transport

/// The secret key of a run's local workers and annotator, which attach like any other peer.
enum LocalKey {
  private static let name = "local"

  /// The key next to the learner's; makes it if it is missing, and allows its public key.
  /// - Parameters:
  ///   - learner: the learner's secret key file, NAME.secret, next to its public key, NAME.public.
  ///   - allowed: the folder or file of the public keys that the learner accepts.
  /// - Returns: the path of the secret key file.
  /// - Throws: `LauncherError` if `allowed` is no folder, `TransportError` naming the key file that is wrong.
  static func prepare(learner: String, allowed: String) throws -> String {
    let directory = folder(of: learner)
    let secret = "\(directory)/\(name).secret"
    if isFile(secret) { return secret }
    guard (try? FileManager.default.contentsOfDirectory(atPath: allowed)) != nil else {
      throw LauncherError(
        "the local workers need a key: run `tengu keys new \(name) --role worker,annotator,observer --sessions 100`, and add \(name).public to \(allowed)"
      )
    }
    say("making a key for the workers of this machine: \(secret)")
    let key = KeyFile(pair: try CurveKeyPair.generate(), learner: try trusted(learner: learner))
    try key.writeSecret(secret)
    // All peers of this machine share it, and `tengu status` uses it too.
    let entry = PublicKeyFile(
      keys: [key.pair.publicKey], roles: [.worker, .annotator, .observer], sessions: PublicKeyFile.maximumSessions)
    try entry.write("\(directory)/\(name).public")
    let copy = "\(allowed)/\(name).public"
    if !isFile(copy) { try entry.write(copy) }
    return secret
  }

  /// The learner's public key, which its peers trust.
  /// - Throws: `TransportError` naming the file that is wrong.
  static func trusted(learner: String) throws -> CurvePublicKey? {
    let stem = learner.hasSuffix(".secret") ? String(learner.dropLast(".secret".count)) : learner
    return try PublicKeyFile(reading: "\(stem).public").keys.first
  }
}
