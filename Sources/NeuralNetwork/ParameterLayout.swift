import Runtime
import Tensor

/// The order of all parameters of a network in one contiguous vector of Float32, without gaps, and of what its layers
/// derive from them in a second vector.
///
/// Parameters, gradients, moments and snapshots share the first, so that copying, clipping, reducing and updating them
/// are loops over contiguous memory.
public struct ParameterLayout: Sendable, Hashable {
  public private(set) var slices: [ParameterSlice] = []
  /// Floats of the second vector: `Weights.prepared`.
  public private(set) var preparedCount = 0

  /// Derived arrays start at multiples of this many floats, a cache line.
  private static let preparedAlignment = 16

  public init() {}

  /// Floats of the whole vector of parameters.
  public var count: Int { slices.last.map { $0.offset + $0.count } ?? 0 }

  /// Appends an array and says where it lies. Names must be unique.
  /// - Parameter fanIn: of the units it belongs to, for `initialiseUniformly`.
  public mutating func add(_ name: String, _ shape: [Int], fanIn: Int? = nil) -> ParameterSlice {
    precondition(!slices.contains { $0.name == name }, "two parameters are called \(name)")
    let slice = ParameterSlice(name: name, shape: shape, offset: count, fanIn: fanIn)
    slices.append(slice)
    return slice
  }

  /// Writes weights and biases uniform in ±1 / sqrt(fan in), as PyTorch's layers begin. What has no fan in stays as it is.
  public func initialiseUniformly(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    for slice in slices { Initialisation.uniform(slice, in: parameters, generator: &generator) }
  }

  /// Reserves `count` floats for what a layer derives from its parameters.
  /// - Returns: the offset of the first of them in `Weights.prepared`.
  public mutating func reserve(_ count: Int) -> Int {
    let offset = preparedCount
    let alignment = Self.preparedAlignment
    preparedCount = (offset + count + alignment - 1) / alignment * alignment
    return offset
  }
}
