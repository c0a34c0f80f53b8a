import Tensor
import Trajectories

/// One environment of an unroll of a batch.
struct BatchColumn {
  /// Index of the unroll in the batch.
  var unroll: Int
  /// Index of the environment in the unroll.
  var environment: Int
}

/// One shard's columns of a batch, gathered from unrolls into contiguous memory, time-major: T steps of B columns.
final class ShardBatch {
  /// T, steps of every unroll.
  let steps: Int
  /// B, columns of the current batch.
  private(set) var columns = 0
  /// Whether a frame of the current batch is idle.
  private(set) var hasIdleFrames = false
  /// Frames of the current batch, T * B.
  var frames: Int { steps * columns }

  let rows: FixedBuffer<UnsafeRawPointer>  // [T+1, B] observation rows
  let resets: FixedBuffer<UInt8>  // [T+1, B]
  let flags: FixedBuffer<UInt8>  // [T, B] `StepFlags`
  /// [T, B, A]: Int32 or Float, as the space says.
  private let actions: FixedBuffer<UInt32>
  let behaviourLogProbabilities: FloatBuffer  // [T, B]
  let rewards: [FloatBuffer]  // V of [T, B]
  let behaviourValues: FloatBuffer  // [T, B, V]
  let truncationValues: FloatBuffer  // [T, B, V]
  let initialState: FloatBuffer  // [B, state]
  private let valueHeads: ValueHeads
  private let head: ActionHead
  private let stateSize: Int

  init(network: PolicyNetwork, valueHeads: ValueHeads, steps: Int, maximumColumns: Int) {
    let (frames, heads) = (steps * maximumColumns, valueHeads.count)
    self.steps = steps
    self.valueHeads = valueHeads
    head = network.actions
    stateSize = network.stateSize
    rows = FixedBuffer(count: frames + maximumColumns)
    resets = FixedBuffer(count: frames + maximumColumns)
    flags = FixedBuffer(count: frames)
    actions = FixedBuffer(count: frames * network.actions.elementCount)
    behaviourLogProbabilities = FloatBuffer(count: frames)
    rewards = (0..<heads).map { _ in FloatBuffer(count: frames) }
    behaviourValues = FloatBuffer(count: frames * heads)
    truncationValues = FloatBuffer(count: frames * heads)
    initialState = FloatBuffer(count: maximumColumns * stateSize)
  }

  /// The action of a frame, [A].
  func action(_ frame: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(actions.pointer + frame * head.elementCount)
  }

  /// Copies columns of a batch into the buffers. For observations it copies only pointers.
  /// - Returns: the reason why the batch cannot be trained from, or nil.
  func gather(_ batch: [TrainUnroll], _ sources: ArraySlice<BatchColumn>, rowByteCount: Int) -> TrainStepError? {
    columns = sources.count
    hasIdleFrames = false
    for (column, source) in sources.enumerated() {
      let item = batch[source.unroll]
      let place = Place(
        unroll: source.unroll, environment: source.environment, column: column, columns: sources.count)
      gatherObservations(item.unroll, place, rowByteCount)
      if let refusal = gatherActions(item.unroll, place) { return refusal }
      gatherRewards(item, place)
    }
    return nil
  }

  /// Source and target of one environment's column.
  private struct Place {
    var unroll: Int
    var environment: Int
    var column: Int
    /// Columns of the shard.
    var columns: Int
  }

  private func gatherObservations(_ unroll: Unroll, _ place: Place, _ rowByteCount: Int) {
    let (environment, environments) = (place.environment, unroll.environmentCount)
    let (observations, unrollFlags) = (UnsafeRawPointer(unroll[Step.observations]), unroll[Step.flags])
    for step in 0...steps {
      let target = step * place.columns + place.column
      rows.pointer[target] = observations + (step * environments + environment) * rowByteCount
      guard step > 0 else {
        resets.pointer[target] = 0  // where an episode begins, the initial state is already zero
        continue
      }
      let flags = StepFlags(rawValue: unrollFlags[(step - 1) * environments + environment])
      resets.pointer[target] = flags.endsEpisode ? 1 : 0
    }
    (initialState.pointer + place.column * stateSize)
      .update(from: unroll[Step.initialState] + environment * stateSize, count: stateSize)
  }

  private func gatherActions(_ unroll: Unroll, _ place: Place) -> TrainStepError? {
    let (unrollActions, unrollFlags) = (UnsafeRawPointer(unroll[Step.actions]), unroll[Step.flags])
    let counts = head.counts
    let logProbabilities = unroll[Step.logProbabilities]
    for step in 0..<steps {
      let source = step * unroll.environmentCount + place.environment
      let target = step * place.columns + place.column
      let elements = (unrollActions + source * head.elementCount * ActionHead.elementBytes)
        .assumingMemoryBound(to: UInt32.self)
      // Read as an unsigned number, a negative choice is too large.
      for (factor, count) in counts.enumerated() where elements[factor] >= UInt32(clamping: count) {
        return .actionOutOfRange(
          unroll: place.unroll, step: step, environment: place.environment,
          action: Int32(bitPattern: elements[factor]), actionCount: count)
      }
      (actions.pointer + target * head.elementCount).update(from: elements, count: head.elementCount)
      flags.pointer[target] = unrollFlags[source]
      if unrollFlags[source] & StepFlags.idle.rawValue != 0 { hasIdleFrames = true }
      behaviourLogProbabilities.pointer[target] = logProbabilities[source]
    }
    return nil
  }

  private func gatherRewards(_ item: TrainUnroll, _ place: Place) {
    let heads = valueHeads.count
    let (values, truncationValues) = (item.unroll[Step.values], item.unroll[Step.truncationValues])
    for step in 0..<steps {
      let source = step * item.unroll.environmentCount + place.environment
      let target = step * place.columns + place.column
      let (extrinsic, intrinsic) = (item.extrinsicRewards[source], item.intrinsicRewards[source])
      switch valueHeads {
      case .single:
        rewards[0].pointer[target] = extrinsic + intrinsic
      case .separate:
        rewards[0].pointer[target] = extrinsic
        rewards[1].pointer[target] = intrinsic
      }
      for head in 0..<heads {
        behaviourValues.pointer[target * heads + head] = values[source * heads + head]
        self.truncationValues.pointer[target * heads + head] = truncationValues[source * heads + head]
      }
    }
  }
}

/// Memory for `count` elements of a type without references, allocated once. Its content is undefined until written.
/// Used by one thread at a time.
final class FixedBuffer<Element: BitwiseCopyable> {
  let count: Int
  let pointer: UnsafeMutablePointer<Element>

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
  }

  deinit { pointer.deallocate() }
}
