import Runtime
import Tensor

/// A layer from rows of floats to rows of floats, its activation included.
///
/// A layer holds no memory, only where its parameters lie, so that it serves any number of threads and versions.
public protocol Layer: Sendable {
  var inputSize: Int { get }
  var outputSize: Int { get }
  /// Multiplications with additions that the forward pass of one row takes.
  var multiplyAdds: Int { get }

  /// How a run begins.
  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator)

  /// Fills the layer's part of `prepared` from `parameters`: once for each version, before any pass.
  /// - Parameter forTraining: whether `backward` will be called with it too.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool)

  /// Floats of scratch memory that a pass over up to `maximumRows` rows needs.
  func scratchCount(maximumRows: Int) -> Int

  /// y [rows, outputSize] = f(x [rows, inputSize]).
  func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights, scratch: UnsafeMutablePointer<Float>)

  /// Adds d loss / d parameters to `gradients`; writes d loss / d x where asked for.
  /// - Parameters:
  ///   - x: the forward's input.
  ///   - y: the forward's output.
  ///   - outputGradients: d loss / d y [rows, outputSize]; used up.
  ///   - inputGradients: [rows, inputSize], overwritten; nil if nobody needs it.
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
