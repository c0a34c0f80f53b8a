import Runtime
import Tensor

/// A first convolution, with ELU, over a grid of symbols: what a symbol adds to an output is tabulated once for each
/// version of the weights, and a frame's output is a sum of table rows.
public protocol SymbolConvolution: Sendable {
  /// Symbols of a frame.
  var cellCount: Int { get }
  /// Floats of a frame's output [outputRows, outputColumns, outputChannels].
  var outputCount: Int { get }
  var outputRows: Int { get }
  var outputColumns: Int { get }
  var outputChannels: Int { get }
  /// Additions of a frame's forward pass.
  var multiplyAdds: Int { get }
  /// Floats of the memory `backward` adds to and `finishBackward` empties; zero at first.
  var tableGradientCount: Int { get }

  /// Orthogonal weights times `gain`, zero bias.
  func initialise(_ parameters: UnsafeMutablePointer<Float>, gain: Float, generator: inout RandomGenerator)

  /// Tabulates what every symbol adds to an output, for these weights.
  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>)

  /// y [outputRows, outputColumns, outputChannels] of one frame.
  /// - Parameter symbols: [cellCount] integers of `type`; one outside the table counts as the last.
  func forward(
    _ symbols: UnsafeRawPointer, type: ScalarType, into y: UnsafeMutablePointer<Float>, weights: Weights)

  /// Adds a frame's gradients: those of the bias to `gradients`, those of the table to `tableGradients`.
  /// - Parameters:
  ///   - y: the forward pass's output.
  ///   - outputGradients: d loss / d y.
  func backward(
    _ symbols: UnsafeRawPointer, type: ScalarType, y: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, tableGradients: UnsafeMutablePointer<Float>)

  /// Adds the gradients of what the table was made of, for all frames since the last call, and empties
  /// `tableGradients`.
  func finishBackward(
    weights: Weights, tableGradients: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>)
}
