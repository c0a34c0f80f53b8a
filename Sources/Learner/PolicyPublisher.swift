import Synchronization
import Tensor

/// One published version of the policy. Nobody writes the buffer any more.
final class PublishedPolicy: Sendable {
  let version: UInt64
  let parameters: FloatBuffer

  init(version: UInt64, parameters: FloatBuffer) {
    self.version = version
    self.parameters = parameters
  }
}

/// The newest policy, written by the trainer after each update and sent by the I/O thread to whoever asks.
final class PolicyPublisher: Sendable {
  private let newest: Mutex<PublishedPolicy>

  init(version: UInt64, parameters: FloatBuffer) {
    newest = Mutex(PublishedPolicy(version: version, parameters: Self.copy(of: parameters)))
  }

  var current: PublishedPolicy { newest.withLock { $0 } }

  /// Copies `parameters`, because the trainer goes on changing them.
  func publish(version: UInt64, parameters: FloatBuffer) {
    let policy = PublishedPolicy(version: version, parameters: Self.copy(of: parameters))
    newest.withLock { $0 = policy }
  }

  private static func copy(of parameters: FloatBuffer) -> FloatBuffer {
    let copy = FloatBuffer(count: parameters.count)
    copy.copy(from: parameters)
    return copy
  }
}
