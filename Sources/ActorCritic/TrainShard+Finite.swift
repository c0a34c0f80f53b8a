import Tensor

extension TrainShard {
  /// A tensor of the current batch.
  struct NamedTensor {
    let name: String
    let values: UnsafeMutablePointer<Float>
    let count: Int

    var isFinite: Bool { TrainShard.isFinite(values, count) }
  }

  /// The tensors that lead to the gradient, in the order of computation. Every shard lists the same names.
  var tensors: [NamedTensor] {
    let heads = network.valueHeads
    let rewardNames = options.valueHeads == .single ? ["rewards"] : ["extrinsic rewards", "intrinsic rewards"]
    let rewards = zip(rewardNames, rewards).map { NamedTensor(name: $0, values: $1.pointer, count: frames) }
    return rewards + [
      NamedTensor(name: "behaviour log-probabilities", values: behaviourLogProbabilities.pointer, count: frames),
      NamedTensor(name: "behaviour values", values: behaviourValues.pointer, count: frames * heads),
      NamedTensor(name: "truncation values", values: truncationValues.pointer, count: frames * heads),
      NamedTensor(name: "initial state", values: initialState.pointer, count: columns * network.stateSize),
      NamedTensor(name: "logits", values: workspace.logits, count: (frames + columns) * network.actionCount),
      NamedTensor(name: "values", values: workspace.values, count: (frames + columns) * heads),
      NamedTensor(name: "V-trace targets", values: targets.pointer, count: frames * heads),
      NamedTensor(name: "advantages", values: advantages.pointer, count: frames),
      NamedTensor(
        name: "logit gradients", values: logitGradients.pointer, count: (frames + columns) * network.actionCount),
      NamedTensor(name: "value gradients", values: valueGradients.pointer, count: (frames + columns) * heads),
    ]
  }

  static func isFinite(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
    for index in 0..<count where !values[index].isFinite { return false }
    return true
  }
}
