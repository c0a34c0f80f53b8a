import Trajectories
import Transport

/// A sender's captions in one session: numbers from 1 in the order of their first use (proto/tengu.proto, CAPTIONS).
///
/// The sender's own table outlives its sessions and grows to a million captions. A session tells only the captions of the
/// trajectories that it sends, so that a message after a new connection is as small as any other.
public struct SessionCaptions {
  /// By the sender's id: the session's number; 0 for a caption that the session has not told.
  private var numbers: [UInt32] = []
  private var told: UInt32 = 0
  /// The sender's ids of the captions that the latest trajectory is the first to use, in their order.
  private var news: [UInt32] = []
  /// Steps whose caption counts as none because a message had no room for its text, over all sessions.
  public private(set) var leftOut = 0

  public init() {}

  /// The receiver has forgotten earlier sessions.
  public mutating func beginSession() {
    numbers.removeAll(keepingCapacity: true)
    (told, news) = (0, [])
  }

  /// Number of the next caption that the session tells.
  public var first: UInt32 { told + 1 }

  /// The captions of a trajectory in the session's numbers. `sent` or `kept` must follow.
  /// - Parameters:
  ///   - tensors: the trajectory's; the captions are plain, in the sender's ids.
  ///   - limits: of the session.
  ///   - text: a caption by the sender's id.
  /// - Returns: the tensors with other numbers of captions, and the texts that the trajectory is the first to use.
  public mutating func renumber(
    _ tensors: [TensorFrame], limits: WireLimits, text: (UInt32) -> [UInt8]
  ) -> (tensors: [TensorFrame], texts: [[UInt8]]) {
    news.removeAll(keepingCapacity: true)
    guard let index = tensors.firstIndex(where: { $0.name.number == Step.captions.tensor.number }) else {
      return (tensors, [])
    }
    let own = tensors[index]
    var (tensors, texts, bytes) = (tensors, [[UInt8]](), 0)
    let frame = Frame(count: own.byteCount) { memory in
      let steps = UnsafeBufferPointer(start: own.pointer(as: UInt32.self), count: own.elementCount)
      let result = memory.bindMemory(to: UInt32.self)
      for (step, id) in steps.enumerated() {
        if id > 0, number(of: id) == 0, texts.count < limits.maximumCaptionsPerMessage {
          let caption = text(id)
          // What a text takes in the envelope: at most three bytes more than its own.
          if bytes + caption.count + 3 <= Self.textBytes(limits) {
            bytes += caption.count + 3
            texts.append(caption)
            news.append(id)
            numbers[Int(clamping: id)] = told + UInt32(clamping: news.count)
          }
        }
        result[step] = id > 0 ? numbers[Int(clamping: id)] : 0
        if id > 0, result[step] == 0 { leftOut += 1 }
      }
    }
    tensors[index] = TensorFrame(own.name, own.type, own.shape, frame)
    return withExtendedLifetime(own) { (tensors, texts) }
  }

  /// The trajectory was sent.
  public mutating func sent() {
    told += UInt32(clamping: news.count)
    news.removeAll(keepingCapacity: true)
  }

  /// The trajectory was not sent: the next one is the first to use its new captions.
  public mutating func kept() {
    for id in news { numbers[Int(clamping: id)] = 0 }
    news.removeAll(keepingCapacity: true)
  }

  /// Bytes that new texts may take of an envelope; the rest is for episodes and their facts.
  private static func textBytes(_ limits: WireLimits) -> Int { limits.maximumHeaderBytes / 4 * 3 }

  /// The session's number of a caption; 0 if it was not told.
  private mutating func number(of id: UInt32) -> UInt32 {
    let place = Int(clamping: id)
    if numbers.count <= place { numbers += repeatElement(0, count: max(place + 1 - numbers.count, numbers.count)) }
    return numbers[place]
  }
}
