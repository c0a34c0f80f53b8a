import ActorCritic
import Environments
import Runtime
import Tensor
import Trajectories

/// Memory of one unroll and its rewards, for tests to fill. It starts at zero.
final class UnrollMemory {
  let steps: Int
  let environments: Int
  let rowFloats: Int
  var policyVersion: UInt64 = 0
  let observations: UnsafeMutablePointer<Float>  // [T+1, E, rowFloats]
  let actions: UnsafeMutablePointer<Int32>
  let extrinsic: UnsafeMutablePointer<Float>
  let intrinsic: UnsafeMutablePointer<Float>
  let flags: UnsafeMutablePointer<UInt8>
  let behaviour: UnsafeMutablePointer<Float>
  let behaviourValues: UnsafeMutablePointer<Float>
  let truncationValues: UnsafeMutablePointer<Float>
  let initialState: UnsafeMutablePointer<Float>
  let captions: UnsafeMutablePointer<UInt32>
  let captionCounts: UnsafeMutablePointer<UInt16>
  private let heads: Int
  private let stateSize: Int

  init(steps: Int, environments: Int, rowFloats: Int, heads: Int, stateSize: Int) {
    func zeros<Element: Numeric>(_ count: Int) -> UnsafeMutablePointer<Element> {
      let pointer = UnsafeMutablePointer<Element>.allocate(capacity: count)
      pointer.initialize(repeating: 0, count: count)
      return pointer
    }
    let frames = steps * environments
    self.steps = steps
    self.environments = environments
    self.rowFloats = rowFloats
    self.heads = heads
    self.stateSize = stateSize
    observations = zeros((frames + environments) * rowFloats)
    actions = zeros(frames)
    extrinsic = zeros(frames)
    intrinsic = zeros(frames)
    flags = zeros(frames)
    behaviour = zeros(frames)
    behaviourValues = zeros(frames * heads)
    truncationValues = zeros(frames * heads)
    initialState = zeros(environments * stateSize)
    captions = zeros(frames)
    captionCounts = zeros(frames)
  }

  deinit {
    observations.deallocate()
    actions.deallocate()
    extrinsic.deallocate()
    intrinsic.deallocate()
    flags.deallocate()
    behaviour.deallocate()
    behaviourValues.deallocate()
    truncationValues.deallocate()
    initialState.deallocate()
    captions.deallocate()
    captionCounts.deallocate()
  }

  var frames: Int { steps * environments }

  var trainUnroll: TrainUnroll {
    TrainUnroll(
      Unroll(
        owner: self,
        shape: UnrollShape(
          unrollLength: steps, environmentCount: environments, rowByteCount: 4 * rowFloats, stateSize: stateSize,
          valueHeads: heads),
        policyVersion: policyVersion,
        starts: [
          UnsafeRawPointer(observations), UnsafeRawPointer(actions), UnsafeRawPointer(extrinsic),
          UnsafeRawPointer(flags), UnsafeRawPointer(behaviour), UnsafeRawPointer(captions),
          UnsafeRawPointer(captionCounts), UnsafeRawPointer(behaviourValues), UnsafeRawPointer(truncationValues),
          UnsafeRawPointer(initialState),
        ]),
      extrinsicRewards: extrinsic, intrinsicRewards: intrinsic)
  }

  /// Random content: data of a nearly uniform policy, with all kinds of episode ends.
  func randomise(actionCount: Int, _ generator: inout RandomGenerator) {
    func fill(_ pointer: UnsafeMutablePointer<Float>, _ count: Int, _ value: () -> Float) {
      for index in 0..<count { pointer[index] = value() }
    }
    fill(observations, (frames + environments) * rowFloats) { 2 * generator.uniform() - 1 }
    fill(extrinsic, frames) { generator.uniform() - 0.5 }
    fill(intrinsic, frames) { generator.uniform() }
    fill(behaviour, frames) { -1 - generator.uniform() }
    fill(behaviourValues, frames * heads) { generator.uniform() }
    fill(truncationValues, frames * heads) { generator.uniform() }
    fill(initialState, environments * stateSize) { generator.uniform() - 0.5 }
    for index in 0..<frames {
      actions[index] = Int32(generator.below(actionCount))
      flags[index] = UInt8(generator.below(6) == 0 ? generator.below(8) : 0)
    }
  }

  /// Copies columns `range` of `source`, which has the same steps, into the columns of this unroll.
  func copy(columns range: Range<Int>, of source: UnrollMemory) {
    func copy<Element>(
      _ rows: Int, _ width: Int, _ from: UnsafeMutablePointer<Element>, _ to: UnsafeMutablePointer<Element>
    ) {
      for row in 0..<rows {
        (to + row * environments * width).update(
          from: from + (row * source.environments + range.lowerBound) * width, count: environments * width)
      }
    }
    precondition(range.count == environments)
    copy(steps + 1, rowFloats, source.observations, observations)
    copy(steps, 1, source.actions, actions)
    copy(steps, 1, source.extrinsic, extrinsic)
    copy(steps, 1, source.intrinsic, intrinsic)
    copy(steps, 1, source.flags, flags)
    copy(steps, 1, source.behaviour, behaviour)
    copy(steps, heads, source.behaviourValues, behaviourValues)
    copy(steps, heads, source.truncationValues, truncationValues)
    copy(1, stateSize, source.initialState, initialState)
  }
}
