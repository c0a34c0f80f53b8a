import Tensor

extension TrainShard {
  /// The first tensor of the shard, in the order of computation, that holds something other than a finite number.
  var nonFiniteTensor: String? {
    guard columns > 0 else { return nil }
    for (head, buffer) in rewards.enumerated() where !Self.isFinite(buffer.pointer, frames) {
      return rewards.count == 1 ? "rewards" : head == 0 ? "extrinsic rewards" : "intrinsic rewards"
    }
    let heads = network.valueHeads
    let tensors: [(String, UnsafeMutablePointer<Float>, Int)] = [
      ("behaviour log-probabilities", behaviourLogProbabilities.pointer, frames),
      ("truncation values", truncationValues.pointer, frames * heads),
      ("initial state", initialState.pointer, columns * network.stateSize),
      ("logits", workspace.logits, (frames + columns) * network.actionCount),
      ("values", workspace.values, (frames + columns) * heads),
      ("V-trace targets", targets.pointer, frames * heads),
      ("advantages", advantages.pointer, frames),
      ("logit gradients", logitGradients.pointer, (frames + columns) * network.actionCount),
      ("value gradients", valueGradients.pointer, (frames + columns) * heads),
    ]
    return tensors.first { !Self.isFinite($0.1, $0.2) }?.0
  }

  static func isFinite(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Bool {
    for index in 0..<count where !values[index].isFinite { return false }
    return true
  }
}
