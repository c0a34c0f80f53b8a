import CZeroMQ

/// A CURVE (Curve25519) public key: the identity of a process.
public struct CurvePublicKey: Sendable, Hashable, CustomStringConvertible {
  /// 40 characters of Z85 (ZeroMQ RFC 32).
  public let text: String

  /// - Throws: `TransportError.key` if `text` is not 40 characters of Z85. `subject`, such as a file name, becomes part of the error.
  public init(_ text: String, subject: String = "public key") throws(TransportError) {
    try CurveText.check(text, subject: subject)
    self.text = text
  }

  /// The key from its 32 bytes, or nil if there are not 32.
  init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == CurveText.keyBytes else { return nil }
    text = CurveText.encoded(capacity: CurveText.textCapacity) { buffer in
      _ = zmq_z85_encode(buffer, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }
  }

  public var description: String { text }
}

/// A CURVE secret key. `description` hides it, so it never appears in texts.
public struct CurveSecretKey: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
  /// 40 characters of Z85, for libzmq and the key file only.
  let text: String

  init(_ text: String, subject: String = "secret key") throws(TransportError) {
    try CurveText.check(text, subject: subject)
    self.text = text
  }

  public var description: String { "(secret key)" }
  public var debugDescription: String { description }

  /// The public key that belongs to this one.
  func publicKey(subject: String = "secret key") throws(TransportError) -> CurvePublicKey {
    var status: Int32 = -1
    let derived = CurveText.encoded(capacity: CurveText.textCapacity) { status = zmq_curve_public($0, text) }
    guard status == 0 else { throw .key(subject, reason: "no public key can be derived from it") }
    return try CurvePublicKey(derived, subject: subject)
  }
}

/// A public key and the secret key that proves it.
public struct CurveKeyPair: Sendable, Hashable {
  public let publicKey: CurvePublicKey
  let secretKey: CurveSecretKey

  /// - Throws: `TransportError.key` if the two do not belong together.
  init(publicKey: CurvePublicKey, secretKey: CurveSecretKey, subject: String) throws(TransportError) {
    guard try secretKey.publicKey(subject: subject) == publicKey else {
      throw .key(subject, reason: "the public key does not belong to the secret key")
    }
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  /// A new pair from the system's random numbers.
  public static func generate() throws(TransportError) -> CurveKeyPair {
    var status: Int32 = -1
    var secret = ""
    let shared = CurveText.encoded(capacity: CurveText.textCapacity) { publicBuffer in
      secret = CurveText.encoded(capacity: CurveText.textCapacity) { status = zmq_curve_keypair(publicBuffer, $0) }
    }
    guard status == 0 else { throw .latest("zmq_curve_keypair") }
    return try CurveKeyPair(
      publicKey: CurvePublicKey(shared), secretKey: CurveSecretKey(secret), subject: "new key pair")
  }
}

/// The Z85 form of 32-byte keys.
enum CurveText {
  static let keyBytes = 32
  static let characters = 40
  /// With the closing zero.
  static let textCapacity = 41

  static func check(_ text: String, subject: String) throws(TransportError) {
    var decoded = [UInt8](repeating: 0, count: keyBytes)
    guard text.utf8.count == characters, zmq_z85_decode(&decoded, text) != nil else {
      throw .key(subject, reason: "a key is \(characters) characters of Z85")
    }
  }

  /// The C string that `write` leaves in a zeroed buffer.
  static func encoded(capacity: Int, _ write: (UnsafeMutablePointer<CChar>?) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
      buffer.initialize(repeating: 0)
      write(buffer.baseAddress)
      return buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
  }
}
