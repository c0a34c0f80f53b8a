import NeuralNetwork
import Runtime
import Tensor

/// Observation rows to rows of floats: the fields an encoder reads are its own business.
///
/// Encoders compose: `Stacked` puts layers on top of one, `Concatenated` lays several side by side. They hold no memory;
/// `makeWorkspace` gives each thread its own.
public protocol ObservationEncoder: Sendable {
  var outputSize: Int { get }
  /// Multiplications with additions that one observation takes, forward. A table lookup counts its additions.
  var multiplyAdds: Int { get }
  /// Whether it has parameters, so that gradients must reach it.
  var isTrained: Bool { get }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator)

  /// As `Layer.prepare`.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool)

  /// Memory for passes over up to `maximumRows` observations, of which a backward pass gets at most `chunk` at a time.
  /// It is only ever given back to the encoder that made it.
  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject

  /// y [range.count, outputSize] from the observations `rows[range]`. What `backward` needs is kept in the workspace,
  /// under the rows' places in `range`.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject)

  /// Adds the gradient of the same rows to `gradients`.
  /// - Parameters:
  ///   - y: the forward's output.
  ///   - outputGradients: d loss / d y; used up.
  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject)

  /// Called once after the last chunk of a backward pass, for encoders that sum over all of it first.
  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject)
}

extension ObservationEncoder {
  public var isTrained: Bool { true }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {}

  public func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {}
}

/// The workspace of an encoder that needs none.
final class NoWorkspace {}
