/// How a listening socket tells its connections apart. A peer that reconnects gets another one.
public struct PeerID: Sendable, Hashable, CustomStringConvertible {
  /// libzmq's routing id; at most 255 bytes. Empty on a connecting socket, which has one peer.
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Hexadecimal.
  public var description: String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}

/// A received message.
public struct Multipart: Sendable {
  /// Frames of a message beyond this are dropped on receipt. Two are needed: a header and the tensors.
  public static let maximumFramesPerMessage = 16

  public let peer: PeerID
  /// At most `maximumFramesPerMessage`; may be empty when the peer sent a bare routing id.
  public let frames: [Frame]
  /// How many frames were beyond the limit.
  public let droppedFrames: Int
}

/// What became of a message that was handed to a socket.
public enum SendResult: Sendable, Hashable {
  /// libzmq has it. Only an answer of the peer says that it arrived.
  case sent
  /// The queue to the peer is at its high-water mark, or a connecting socket has no connection; nothing was sent.
  case full
  /// No such peer is connected; nothing arrives there.
  case unreachable
}
