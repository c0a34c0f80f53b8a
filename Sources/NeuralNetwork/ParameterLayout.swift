/// The order of all parameters of a network in one contiguous vector of Float32, without gaps.
///
/// Parameters, gradients, moments and snapshots share it, so that copying, clipping, reducing and updating them are
/// loops over contiguous memory.
public struct ParameterLayout: Sendable, Hashable {
  public private(set) var slices: [ParameterSlice] = []

  public init() {}

  /// Floats of the whole vector.
  public var count: Int { slices.last.map { $0.offset + $0.count } ?? 0 }

  /// Appends an array and says where it lies. Names must be unique.
  public mutating func add(_ name: String, _ shape: [Int]) -> ParameterSlice {
    precondition(!slices.contains { $0.name == name }, "two parameters are called \(name)")
    let slice = ParameterSlice(name: name, shape: shape, offset: count)
    slices.append(slice)
    return slice
  }
}
