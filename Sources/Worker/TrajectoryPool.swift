/// The buffers of one group, filled again once nobody else holds them: neither libzmq, which sends from them, nor, within
/// one process, the learner, which trains from them.
///
/// It grows to as many as were ever under way at once, which credits bound; after that an unroll allocates nothing.
/// Used by one thread at a time.
struct TrajectoryPool {
  private var buffers: [TrajectoryBuffer] = []
  private let shape: TrajectoryShape
  private let group: Int

  init(shape: TrajectoryShape, group: Int) {
    self.shape = shape
    self.group = group
  }

  /// Buffers made so far.
  var count: Int { buffers.count }

  /// A buffer that nobody else holds.
  mutating func take() -> TrajectoryBuffer {
    // Whoever let go of a buffer did so after its last look at it, so what follows cannot be seen there.
    for index in buffers.indices where isKnownUniquelyReferenced(&buffers[index]) {
      buffers[index].clear()
      return buffers[index]
    }
    let buffer = TrajectoryBuffer(shape: shape, group: group)
    buffers.append(buffer)
    return buffer
  }
}
