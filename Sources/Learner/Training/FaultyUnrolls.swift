import ActorCritic

/// Finds the unrolls that made updates impossible, over several updates.
///
/// Where an update fails because of some unrolls of a batch, the rest of the batch proves that they are the cause. Where
/// each unroll of a batch leads to a failure alone, the parameters may be the cause instead. The next batch that can be
/// trained on from the same parameters excludes that: then the earlier batches are proven to be faulty. So a worker
/// whose unrolls fill whole batches is found as well.
struct FaultyUnrolls {
  /// Whole batches that failed since the latest update that was applied. The training loop ends a run after a few.
  private var suspects: [NonFiniteUnrolls] = []

  /// - Parameters:
  ///   - batch: the unrolls of the batch.
  ///   - first: of the update with all of them.
  ///   - isApplied: whether an update was made, with all of them or with those that are left.
  /// - Returns: what is to be reported now: suspects, and what is proven.
  mutating func judge(_ batch: [UnrollOrigin], _ first: TrainStatistics, isApplied: Bool) -> [NonFiniteUnrolls] {
    var found: [NonFiniteUnrolls] = []
    if let tensor = first.nonFiniteTensor {
      let faulty = first.faultyUnrolls
      let unrolls = faulty.isEmpty ? batch : faulty.map { batch[$0] }
      // Another rank has the faulty ones where this one has none.
      if !first.hasFaultyUnrolls || !faulty.isEmpty {
        found.append(NonFiniteUnrolls(tensor: tensor, unrolls: unrolls, areProven: first.hasFaultyUnrolls))
      }
    }
    guard isApplied else {
      if first.allUnrollsAreFaulty { suspects += found }
      return found
    }
    found += suspects.map { NonFiniteUnrolls(tensor: $0.tensor, unrolls: $0.unrolls, areProven: true) }
    suspects = []
    return found
  }
}
