import Runtime
import Tensor

/// CREAM (Wang et al. 2024): preferences are believed as far as this version of the model and the one before rank captions
/// alike, and what is not believed counts as the opposite preference:
///
///     C = (tau(rank by RM_t, rank by RM_t-1) + 1) / 2
///     loss = C BT(a > b) + (1 - C) BT(b > a)
///
/// Before there are two versions C is 1, which is the plain loss bit for bit.
struct ConsistencyWeight: PairWeight {
  /// Captions that are ranked, evenly over their ids.
  static let rankedCaptions = 512

  let rest = PairWeightRest.opposite
  /// C; nil before there are two versions.
  var saved: Float?

  func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float] {
    Array(repeating: saved ?? 1, count: pairs.count)
  }

  mutating func versionChanged(from old: [Float], to new: [Float]) {
    let count = old.count - 1
    guard count > 1 else { return }
    let step = max(1, count / Self.rankedCaptions)
    let ids = stride(from: 1, through: count, by: step)
    saved = Float((KendallTau.tau(ids.map { old[$0] }, ids.map { new[$0] }) + 1) / 2)
  }
}
