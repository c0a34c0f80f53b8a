import Runtime
import Tensor

/// The values that an array of parameters starts with.
public enum InitialValues: Sendable, Hashable {
  /// Equal blocks of the array hold these constants.
  case constants([Float])
  /// Independent standard Gaussians; the first `blank` values are zero.
  case gaussian(blank: Int = 0)
  /// A matrix of `blocks` orthogonal blocks of columns, times `gain`.
  case orthogonal(gain: Float = 1, blocks: Int = 1)
  /// Independent and uniform in ±1 / sqrt(fan-in), as PyTorch's layers start (He et al. 2015, with a = sqrt 5).
  case uniform

  public static let zeros = InitialValues.constants([0])
}

/// The place of one array of parameters in the flat parameter vector.
public struct ParameterSlice: Sendable, Hashable {
  /// Unique in its layout; parts are joined by dots, for instance "policy.weight".
  public let name: String
  /// Row-major.
  public let shape: [Int]
  /// Index of its first float in the vector.
  public let offset: Int
  /// Number of inputs of each unit, if the layer multiplies its inputs by weights; nil otherwise, for instance for
  /// embeddings.
  public let fanIn: Int?
  public let initial: InitialValues

  /// Number of floats.
  public var count: Int { shape.reduce(1, *) }

  /// This slice of `parameters` as a matrix; the last dimension is the columns.
  public func matrix(in parameters: UnsafePointer<Float>) -> Matrix {
    let columns = shape.last ?? 1
    return Matrix(parameters + offset, rows: count / max(columns, 1), columns: columns)
  }

  /// This slice of `gradients` as a matrix that can be written.
  public func matrix(in gradients: UnsafeMutablePointer<Float>) -> MutableMatrix {
    let columns = shape.last ?? 1
    return MutableMatrix(gradients + offset, rows: count / max(columns, 1), columns: columns)
  }

  /// Writes the initial values to this slice of `parameters`.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    let values = parameters + offset
    switch initial {
    case .constants(let constants):
      let block = count / constants.count
      for (index, constant) in constants.enumerated() {
        (values + index * block).update(repeating: constant, count: block)
      }
    case .gaussian(let blank):
      for i in 0..<count { values[i] = Float(Gaussian.next(&generator)) }
      values.update(repeating: 0, count: blank)
    case .orthogonal(let gain, let blocks):
      let matrix: MutableMatrix = matrix(in: parameters)
      let width = matrix.columns / blocks
      for block in 0..<blocks {
        Orthogonal.fill(matrix.columns(block * width..<(block + 1) * width), gain: gain, generator: &generator)
      }
    case .uniform:
      initialiseUniformly(parameters, generator: &generator)
    }
  }

  /// Writes values uniform in ±1 / sqrt(fan-in). A slice without fan-in stays as it is.
  func initialiseUniformly(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    guard let fanIn else { return }
    let (values, bound) = (parameters + offset, 1 / Float(fanIn).squareRoot())
    for i in 0..<count { values[i] = (2 * generator.uniform() - 1) * bound }
  }
}

/// The order of all parameters of a network in one contiguous vector of Float32 without gaps, and of the arrays that its
/// layers derive from them in a second vector.
///
/// Parameters, gradients, Adam's moments and snapshots share the first layout, so that copying, clipping, reducing and
/// updating them are loops over contiguous memory.
public struct ParameterLayout: Sendable, Hashable {
  public private(set) var slices: [ParameterSlice] = []
  /// Number of floats of the second vector, `Weights.prepared`.
  public private(set) var preparedCount = 0

  /// Derived arrays start at multiples of this many floats, a cache line.
  private static let preparedAlignment = 16

  public init() {}

  /// Number of floats of the parameter vector.
  public var count: Int { slices.last.map { $0.offset + $0.count } ?? 0 }

  /// Appends an array and returns its place. Names must be unique.
  /// - Parameters:
  ///   - fanIn: number of inputs of each unit; see `ParameterSlice.fanIn`.
  ///   - initial: the values that `initialise` writes.
  public mutating func add(
    _ name: String, _ shape: [Int], fanIn: Int? = nil, initial: InitialValues = .zeros
  ) -> ParameterSlice {
    precondition(!slices.contains { $0.name == name }, "two parameters are called \(name)")
    let slice = ParameterSlice(name: name, shape: shape, offset: count, fanIn: fanIn, initial: initial)
    slices.append(slice)
    return slice
  }

  /// Reserves `count` floats for an array that a layer derives from its parameters.
  /// - Returns: the offset of the first one in `Weights.prepared`.
  public mutating func reserve(_ count: Int) -> Int {
    let offset = preparedCount
    let alignment = Self.preparedAlignment
    preparedCount = (offset + count + alignment - 1) / alignment * alignment
    return offset
  }

  /// Writes the initial values of all slices, in their order.
  /// - Parameter uniformly: weights and biases start uniform in ±1 / sqrt(fan-in) instead, as PyTorch's layers do. The
  ///   other slices get the same values as without it.
  public func initialise(
    _ parameters: UnsafeMutablePointer<Float>, uniformly: Bool = false, generator: inout RandomGenerator
  ) {
    for slice in slices {
      if uniformly, slice.fanIn != nil, case .orthogonal(_, let blocks) = slice.initial {
        let columns = (slice.shape.last ?? 1) / blocks
        for _ in 0..<blocks {
          Orthogonal.skip(rows: slice.count / blocks / max(columns, 1), columns: columns, &generator)
        }
      } else {
        slice.initialise(parameters, generator: &generator)
      }
    }
    guard uniformly else { return }
    for slice in slices { slice.initialiseUniformly(parameters, generator: &generator) }
  }
}

/// One version of a network's parameters, ready for forward and backward passes: the flat vector, and the arrays that layers
/// derived from it (packed matrices, tables of a first convolution).
///
/// The caller owns the memory and keeps it alive and unchanged while a pass reads it; that rule makes the pair `Sendable`.
public struct Weights: @unchecked Sendable {
  /// In the order of `ParameterLayout.add`.
  public let parameters: UnsafePointer<Float>
  /// In the order of `ParameterLayout.reserve`, filled by `prepare` of every layer.
  public let prepared: UnsafePointer<Float>

  public init(parameters: UnsafePointer<Float>, prepared: UnsafePointer<Float>) {
    self.parameters = parameters
    self.prepared = prepared
  }
}

/// A matrix of parameters [inputs, outputs] with its packed copies among the prepared arrays: one for products with x, and
/// a transposed one for products with d loss / d y.
struct PackedSlice: Sendable {
  /// [inputs, outputs]
  private let slice: ParameterSlice
  private let inputs: Int
  private let outputs: Int
  /// Offsets in `Weights.prepared`.
  private let packed: Int
  private let packedTransposed: Int

  init(_ slice: ParameterSlice, in layout: inout ParameterLayout) {
    self.slice = slice
    outputs = slice.shape.last ?? 1
    inputs = slice.count / max(outputs, 1)
    packed = layout.reserve(PackedWeights.floatCount(inputs: inputs, outputs: outputs))
    packedTransposed = layout.reserve(PackedWeights.floatCount(inputs: outputs, outputs: inputs))
  }

  /// Packs the matrix, and its transpose if `forTraining`.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    let matrix: Matrix = slice.matrix(in: parameters)
    PackedWeights.pack(matrix, into: prepared + packed)
    if forTraining { PackedWeights.pack(matrix.transposed, into: prepared + packedTransposed) }
  }

  /// W [inputs, outputs]
  func weights(_ weights: Weights) -> PackedWeights {
    PackedWeights(weights.prepared + packed, inputs: inputs, outputs: outputs)
  }

  /// W transposed [outputs, inputs]
  func transposed(_ weights: Weights) -> PackedWeights {
    PackedWeights(weights.prepared + packedTransposed, inputs: outputs, outputs: inputs)
  }
}
