/// One version of a network's parameters, ready to be read by forward and backward passes: the flat vector, and what
/// layers derived from it once (packed matrices, tables of a first convolution).
///
/// The memory belongs to somebody else, who keeps it alive and unchanged while a pass reads it; that rule is what makes
/// the pair `Sendable`.
public struct Weights: @unchecked Sendable {
  /// Laid out by `ParameterLayout.add`.
  public let parameters: UnsafePointer<Float>
  /// Laid out by `ParameterLayout.reserve`, filled by every layer's `prepare`.
  public let prepared: UnsafePointer<Float>

  public init(parameters: UnsafePointer<Float>, prepared: UnsafePointer<Float>) {
    self.parameters = parameters
    self.prepared = prepared
  }
}
