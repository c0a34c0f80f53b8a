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
  /// Memory of this and earlier versions, written again once nobody sends or reads it: as many as are on their way to
  /// workers, and one more.
  private let pool: Mutex<[FloatBuffer]>

  init(version: UInt64, parameters: FloatBuffer) {
    let copy = FloatBuffer(count: parameters.count)
    copy.copy(from: parameters)
    newest = Mutex(PublishedPolicy(version: version, parameters: copy))
    pool = Mutex([copy])
  }

  var current: PublishedPolicy { newest.withLock { $0 } }

  /// Copies `parameters`, because the trainer goes on changing them.
  func publish(version: UInt64, parameters: FloatBuffer) {
    let copy = unusedBuffer(count: parameters.count)
    copy.copy(from: parameters)
    let policy = PublishedPolicy(version: version, parameters: copy)
    newest.withLock { $0 = policy }
  }

  private func unusedBuffer(count: Int) -> FloatBuffer {
    pool.withLock { pool in
      for index in pool.indices where isKnownUniquelyReferenced(&pool[index]) { return pool[index] }
      pool.append(FloatBuffer(count: count))
      return pool[pool.count - 1]
    }
  }
}
