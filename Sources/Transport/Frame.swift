import CZeroMQ

/// One frame of a message, or a part of one: immutable bytes whose address is constant while a frame over them exists.
///
/// `@unchecked` holds because the bytes are written only before an initialiser returns, so any thread may read them. A frame may
/// be sent any number of times without a copy, but by one thread at a time: libzmq counts the references of a message
/// without a lock until it was sent once.
public struct Frame: @unchecked Sendable {
  private let memory: FrameMemory
  /// The content. Received bytes can start at any address; see `isAligned(to:)`. The pointer does not keep the frame
  /// alive, and Swift releases a frame after its last use: code that keeps the pointer must keep `owner` too.
  public let bytes: UnsafeRawBufferPointer
  private let isPart: Bool

  public var count: Int { bytes.count }
  /// Keeps the bytes alive.
  public var owner: AnyObject { memory }
  /// The frame that this one is a part of; nil for a whole one.
  public var whole: Frame? { isPart ? Frame(memory) : nil }

  /// All bytes of a message.
  private init(_ memory: FrameMemory) { self.init(memory, memory.bytes, isPart: false) }

  private init(_ memory: FrameMemory, _ bytes: UnsafeRawBufferPointer, isPart: Bool) {
    self.memory = memory
    self.bytes = bytes
    self.isPart = isPart
  }

  /// `count` bytes that `fill` writes, all of them.
  public init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let memory = FrameMemory.make { message in
      let status = zmq_msg_init_size(message, count)
      precondition(status == 0, "out of memory for a frame of \(count) bytes")
      fill(UnsafeMutableRawBufferPointer(start: zmq_msg_data(message), count: count))
    }
    self.init(memory)
  }

  public init(copying source: UnsafeRawBufferPointer) {
    self.init(count: source.count) { $0.copyMemory(from: source) }
  }

  public init(bytes: [UInt8]) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// `count` bytes at `pointer` without a copy. `owner` keeps them alive, and they are not written until it is released. The
  /// thread that drops the last reference releases it, often a thread of libzmq.
  public init(owner: AnyObject, pointer: UnsafeRawPointer, count: Int) {
    let memory = FrameMemory.make { message in
      let status = zmq_msg_init_data(
        message, UnsafeMutableRawPointer(mutating: pointer), count,
        { _, hint in
          // The hint is the retained owner passed below, never nil.
          if let hint { Unmanaged<AnyObject>.fromOpaque(hint).release() }
        }, Unmanaged.passRetained(owner).toOpaque())
      precondition(status == 0, "out of memory for a frame's descriptor")
    }
    self.init(memory)
  }

  /// `count` bytes of this frame from `offset` on, without a copy.
  /// - Precondition: they lie within it.
  public func part(_ offset: Int, _ count: Int) -> Frame {
    Frame(memory, UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]), isPart: true)
  }

  /// Takes the next frame of a socket without waiting; nil with libzmq's error code (EAGAIN if none is there).
  static func receive(from socket: UnsafeMutableRawPointer) -> (frame: Frame?, code: Int32) {
    var code: Int32 = 0
    let memory = FrameMemory.make { message in
      zmq_msg_init(message)
      if zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0 { code = zmq_errno() }
    }
    return code == 0 ? (Frame(memory), 0) : (nil, code)
  }

  /// Makes `copy` another reference to the bytes. Returns libzmq's error code or 0.
  func reference(from copy: inout zmq_msg_t) -> Int32 {
    guard isPart else { return memory.withMessage { zmq_msg_copy(&copy, $0) == 0 ? 0 : zmq_errno() } }
    // libzmq does not know parts: this one travels as a separate message that keeps its memory alive.
    guard let start = bytes.baseAddress else { return 0 }
    return Frame(owner: memory, pointer: start, count: count).reference(from: &copy)
  }

  /// Runs `body` with the content; the frame lives meanwhile.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withExtendedLifetime(memory) { () throws(Failure) in try body(bytes) }
  }

  /// A copy of the content.
  public func copiedBytes() -> [UInt8] { withBytes { Array($0) } }

  /// Whether the content starts at a multiple of `alignment` (a power of two).
  public func isAligned(to alignment: Int) -> Bool {
    Int(bitPattern: bytes.baseAddress) & (alignment - 1) == 0
  }

  /// Whether more frames of the same message follow a received frame.
  var hasSuccessor: Bool { !isPart && memory.withMessage { zmq_msg_more($0) != 0 } }

  /// The key that a received frame's sender proved to own, or nil without CURVE. `Authenticator` makes it the user id.
  public var key: CurvePublicKey? {
    guard !isPart else { return nil }
    let name = memory.withMessage { zmq_msg_gets($0, "User-Id").map { String(cString: $0) } }
    return name.flatMap { try? CurvePublicKey($0) }
  }

  /// libzmq's descriptor of the connection a received frame came over, or nil over inproc.
  var sourceDescriptor: Int32? {
    guard !isPart else { return nil }
    let descriptor = memory.withMessage { zmq_msg_get($0, ZMQ_SRCFD) }
    return descriptor >= 0 ? descriptor : nil
  }
}

/// Whether two frames are the same bytes in memory.
public func === (one: Frame?, other: Frame?) -> Bool {
  one?.owner === other?.owner && one?.bytes.baseAddress == other?.bytes.baseAddress && one?.count == other?.count
}

/// A libzmq message in the memory of the object itself: libzmq keeps up to 33 bytes inside `zmq_msg_t`, and their address must
/// not change.
private final class FrameMemory: ManagedBuffer<Void, zmq_msg_t> {
  /// A message that `initialise` initialises.
  static func make(_ initialise: (UnsafeMutablePointer<zmq_msg_t>) -> Void) -> FrameMemory {
    // `create` makes an object of the class that it is called on.
    let memory = unsafeDowncast(FrameMemory.create(minimumCapacity: 1) { _ in () }, to: FrameMemory.self)
    memory.withMessage(initialise)
    return memory
  }

  deinit { withMessage { _ = zmq_msg_close($0) } }

  func withMessage<Result>(_ body: (UnsafeMutablePointer<zmq_msg_t>) -> Result) -> Result {
    withUnsafeMutablePointerToElements(body)
  }

  var bytes: UnsafeRawBufferPointer {
    withMessage { UnsafeRawBufferPointer(start: zmq_msg_data($0), count: zmq_msg_size($0)) }
  }
}

/// How a listening socket identifies a peer: by its connection. A peer that reconnects receives another one.
public struct PeerID: Sendable, Hashable, CustomStringConvertible {
  /// libzmq's routing id, the address of answers; empty on a connecting socket, which has one peer. It identifies nobody:
  /// peers can choose it, and it can be given again.
  public let route: [UInt8]
  /// The connection's number, which this process uses once; 0 on a connecting socket.
  public let connection: UInt64

  public init(_ route: [UInt8], connection: UInt64 = 0) {
    self.route = route
    self.connection = connection
  }

  /// The connection alone: a reader of a log that shows routing ids could guess the next ones.
  public var description: String { "connection \(connection)" }
}

/// A received message.
public struct Multipart: Sendable {
  /// Frames of a message beyond this are dropped on receipt. Two are needed: a header and the tensors.
  public static let maximumFramesPerMessage = 16

  public let peer: PeerID
  /// At most `maximumFramesPerMessage`; may be empty when the peer sent no frame.
  public let frames: [Frame]
  /// Frames beyond the limit.
  public let droppedFrames: Int
}

/// The result of handing a message to a socket.
public enum SendResult: Sendable, Hashable {
  /// libzmq has the message. Only an answer of the peer shows that it arrived.
  case sent
  /// The queue to the peer is at its high-water mark, or a connecting socket has no connection; nothing was sent.
  case full
  /// No such peer is connected.
  case unreachable
}
