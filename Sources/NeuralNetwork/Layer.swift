import Tensor

/// A layer from rows of floats to rows of floats, including its activation.
///
/// A layer holds the places of its parameters and no memory, so that it serves any number of threads and versions.
public protocol Layer: Sendable {
  var inputSize: Int { get }
  var outputSize: Int { get }
  /// Multiply-add operations in the forward pass of one row.
  var multiplyAdds: Int { get }

  /// Fills the layer's part of `prepared` from `parameters`; called once for each version, before any pass.
  /// - Parameter forTraining: whether `backward` will read it too.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool)

  /// Number of floats of scratch memory for a pass over up to `maximumRows` rows.
  func scratchCount(maximumRows: Int) -> Int

  /// y [rows, outputSize] = f(x [rows, inputSize]).
  func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights, scratch: UnsafeMutablePointer<Float>)

  /// Adds d loss / d parameters to `gradients`, and writes d loss / d x if the caller wants it.
  /// - Parameters:
  ///   - x: input of the forward pass.
  ///   - y: output of the forward pass.
  ///   - outputGradients: d loss / d y [rows, outputSize]; the layer overwrites it.
  ///   - inputGradients: [rows, inputSize], overwritten; nil if the caller does not need it.
  func backward(
    _ x: Matrix, _ y: Matrix, outputGradients: MutableMatrix, inputGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>)
}

extension Layer {
  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {}

  public func scratchCount(maximumRows: Int) -> Int { 0 }
}

/// The function that a layer applies to its sums.
public enum Activation: Sendable, Hashable {
  case none
  /// Exponential linear unit with alpha = 1 (Clevert, Unterthiner and Hochreiter 2016).
  case elu
  /// max(x, 0)
  case relu
}
