import Runtime
import Synchronization
import Tensor

/// One published policy. Its buffer does not change any more.
final class PublishedPolicy: Sendable {
  let policyVersion: UInt64
  let parameters: FloatBuffer

  init(policyVersion: UInt64, parameters: FloatBuffer) {
    self.policyVersion = policyVersion
    self.parameters = parameters
  }
}

/// The newest policy: the trainer writes it after an update, the I/O thread sends it to every worker that asks.
final class PolicyPublisher: Sendable {
  private let newest: SharedValue<PublishedPolicy>
  /// Memory of this and earlier policies. A buffer is written again when no message that is being sent refers to it, so
  /// there are as many buffers as policies on their way to workers, and one more.
  private let pool: Mutex<[FloatBuffer]>

  init(policyVersion: UInt64, parameters: FloatBuffer) {
    let copy = FloatBuffer(count: parameters.count)
    copy.copy(from: parameters)
    newest = SharedValue(PublishedPolicy(policyVersion: policyVersion, parameters: copy))
    pool = Mutex([copy])
  }

  var current: PublishedPolicy { newest.current }

  /// Copies `parameters`, because the trainer continues to change them.
  func publish(policyVersion: UInt64, parameters: FloatBuffer) {
    let copy = unusedBuffer(count: parameters.count)
    copy.copy(from: parameters)
    _ = newest.exchange(PublishedPolicy(policyVersion: policyVersion, parameters: copy))
  }

  private func unusedBuffer(count: Int) -> FloatBuffer {
    pool.withLock { pool in
      for index in pool.indices where isKnownUniquelyReferenced(&pool[index]) { return pool[index] }
      pool.append(FloatBuffer(count: count))
      return pool[pool.count - 1]
    }
  }
}
