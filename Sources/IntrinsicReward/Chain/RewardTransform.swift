/// One step of the reward chain: changes the intrinsic rewards of an unroll in place.
///
/// Transforms are applied one after the other, to every unroll in the order of arrival.
public protocol RewardTransform: Sendable {
  /// - Parameters:
  ///   - rewards: [T, E]; NaN where the model cannot tell. A transform that has nothing to say of such a step leaves it.
  ///   - inputs: what the rewards belong to.
  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs)
}
