import Tensor
import Trajectories

extension TrainShard {
  /// Copies the columns of `range` into the shard's buffers; for observations it copies only pointers.
  /// - Returns: the reason why the batch cannot be trained from, or nil.
  func gather(_ batch: [TrainUnroll], _ range: Range<Int>, rowByteCount: Int) -> TrainStepError? {
    var first = 0  // batch column of the unroll's first environment
    for (index, item) in batch.enumerated() {
      let next = first + item.unroll.environmentCount
      for column in range.clamped(to: first..<next) {
        let place = Place(
          unroll: index, environment: column - first, column: column - range.lowerBound, columns: range.count)
        gatherObservations(item.unroll, place, rowByteCount)
        if let refusal = gatherActions(item.unroll, place) { return refusal }
        gatherRewards(item, place)
      }
      first = next
    }
    return nil
  }

  /// Source and target of one environment's column.
  struct Place {
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
    (initialState.pointer + place.column * network.stateSize)
      .update(from: unroll[Step.initialState] + environment * network.stateSize, count: network.stateSize)
  }

  private func gatherActions(_ unroll: Unroll, _ place: Place) -> TrainStepError? {
    let (unrollActions, unrollFlags) = (unroll[Step.actions], unroll[Step.flags])
    let logProbabilities = unroll[Step.logProbabilities]
    for step in 0..<steps {
      let source = step * unroll.environmentCount + place.environment
      let target = step * place.columns + place.column
      let action = unrollActions[source]
      guard action >= 0, action < network.actionCount else {
        return .actionOutOfRange(
          unroll: place.unroll, step: step, environment: place.environment, action: action,
          actionCount: network.actionCount)
      }
      actions.pointer[target] = action
      flags.pointer[target] = unrollFlags[source]
      behaviourLogProbabilities.pointer[target] = logProbabilities[source]
    }
    return nil
  }

  private func gatherRewards(_ item: TrainUnroll, _ place: Place) {
    let heads = network.valueHeads
    let (values, truncationValues) = (item.unroll[Step.values], item.unroll[Step.truncationValues])
    for step in 0..<steps {
      let source = step * item.unroll.environmentCount + place.environment
      let target = step * place.columns + place.column
      let (extrinsic, intrinsic) = (item.extrinsicRewards[source], item.intrinsicRewards[source])
      switch options.valueHeads {
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
