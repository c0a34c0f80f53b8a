import Glibc

/// The key files of a process.
///
/// The owner passes the secret file (mode 0600) to `--key`:
/// ```
/// public-key = "..."
/// secret-key = "..."
/// learner-key = "..."    # workers and annotators: the learner to trust
/// ```
/// The other side receives the public file (`PublicKeyFile`). Keys are 40 characters of Z85.
public struct KeyFile: Sendable, Hashable {
  public let pair: CurveKeyPair
  /// The learner to trust; nil in the learner's own file.
  public let learner: CurvePublicKey?

  public init(pair: CurveKeyPair, learner: CurvePublicKey? = nil) {
    self.pair = pair
    self.learner = learner
  }

  /// Reads a secret file.
  /// - Throws: `TransportError.key` naming the file: readable by others, malformed, keys that do not belong together.
  public init(readingSecret path: String) throws(TransportError) {
    let entries = try KeyLines(path, secret: true, single: ["public-key", "secret-key", "learner-key"])
    guard let shared = entries.first("public-key"), let secret = entries.first("secret-key") else {
      throw .key(path, reason: "needs the lines public-key and secret-key")
    }
    pair = try CurveKeyPair(
      publicKey: CurvePublicKey(shared, subject: path), secretKey: CurveSecretKey(secret, subject: path), subject: path)
    if let text = entries.first("learner-key") {
      learner = try CurvePublicKey(text, subject: path)
    } else {
      learner = nil
    }
  }

  /// Creates the secret file with mode 0600; never overwrites.
  public func writeSecret(_ path: String) throws(TransportError) {
    var text = "public-key = \"\(pair.publicKey.text)\"\nsecret-key = \"\(pair.secretKey.text)\"\n"
    if let learner { text += "learner-key = \"\(learner.text)\"\n" }
    try SmallFile.create(path, text, mode: SmallFile.secretMode)
  }
}
