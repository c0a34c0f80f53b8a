import NeuralNetwork
import Tensor

/// Turns rows of observation bytes into rows of floats. Each encoder knows the fields it reads.
///
/// Encoders compose: `Stacked` puts layers on top of one, `Concatenated` joins the outputs of several. They hold no
/// memory; `makeWorkspace` gives each thread its own.
public protocol ObservationEncoder: Sendable {
  /// Floats of one output row.
  var outputSize: Int { get }
  /// Multiply-adds of one observation's forward pass. A table lookup counts its additions.
  var multiplyAdds: Int { get }
  /// Whether the encoder has parameters, so that gradients must reach it.
  var isTrained: Bool { get }

  /// The encoder as data; nil if it computes something that no blueprint describes.
  var blueprint: NetworkBlueprint.Encoder? { get }

  /// Derives what passes read from a version of the parameters; see `Layer.prepare`.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool)

  /// Memory for passes over up to `maximumRows` observations; a backward pass gets at most `chunk` of them at a time.
  /// Only the encoder that made it uses it.
  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject

  /// Computes y [range.count, outputSize] from the observations `rows[range]`. Keeps the activations that `backward`
  /// needs in the workspace, at the rows' places in `range`.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject)

  /// Adds the gradient of the same rows to `gradients`.
  /// - Parameters:
  ///   - y: the output of `forward`.
  ///   - outputGradients: d loss / d y; overwritten.
  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject)

  /// Completes the gradients of a backward pass. Called once after its last chunk, for encoders that first sum over all
  /// chunks.
  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject)
}

extension ObservationEncoder {
  public var isTrained: Bool { true }
  public var blueprint: NetworkBlueprint.Encoder? { nil }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {}

  public func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {}
}

/// The workspace of an encoder that needs no memory.
final class NoWorkspace {}

/// The reason why a policy network cannot be built for an observation layout. Names the field or size.
public struct PolicyNetworkError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
