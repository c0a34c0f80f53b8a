import Runtime
import Tensor

/// y = x * W + b along one dimension, stride 1, no padding, over columns of channels that lie one after the other.
///
/// Windows are given by pointers, so that the columns of several sequences of different lengths are one product. A window
/// is `kernel` columns, `windowSize` floats in a row.
public struct Convolution1D: Sendable {
  public let kernel: Int
  public let inputChannels: Int
  public let outputChannels: Int
  /// [kernel * inputChannels, outputChannels]; row tap * inputChannels + channel.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice
  private let packed: PackedSlice

  /// Floats of a window.
  public var windowSize: Int { kernel * inputChannels }

  public init(
    _ name: String, kernel: Int, inputChannels: Int, outputChannels: Int, in layout: inout ParameterLayout
  ) {
    self.kernel = kernel
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    let fanIn = kernel * inputChannels
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn)
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn)
    packed = PackedSlice(weight, in: &layout)
  }

  /// Weights and bias uniform in ±1 / sqrt(windowSize), as PyTorch's convolutions begin.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    Initialisation.uniform(weight, in: parameters, generator: &generator)
    Initialisation.uniform(bias, in: parameters, generator: &generator)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    packed.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// y [count, outputChannels] = the windows times W, plus b. A window's bits do not depend on the others.
  /// - Parameter windows: as many pointers to first columns as y has rows.
  public func forward(_ windows: UnsafePointer<UnsafePointer<Float>>, into y: MutableMatrix, weights: Weights) {
    PackedProduct.multiply(
      windows, segments: RowSegments(length: windowSize), packed.weights(weights),
      bias: weights.parameters + bias.offset, into: y)
  }

  /// Adds d loss / d W and d loss / d b to `gradients`; writes d loss / d window where asked for. What overlapping
  /// windows share gets the sum of theirs, which is the caller's to add up.
  /// - Parameters:
  ///   - outputGradients: d loss / d y [count, outputChannels].
  ///   - windowGradients: [count, windowSize], overwritten; nil if nobody needs it.
  public func backward(
    _ windows: UnsafePointer<UnsafePointer<Float>>, outputGradients: Matrix, windowGradients: MutableMatrix?,
    weights: Weights, gradients: UnsafeMutablePointer<Float>
  ) {
    GradientProduct.add(
      windows, segments: RowSegments(length: windowSize), outputGradients: outputGradients,
      to: weight.matrix(in: gradients))
    Rows.addColumnSums(of: outputGradients, to: gradients + bias.offset)
    guard let windowGradients else { return }
    PackedProduct.multiply(outputGradients, packed.transposed(weights), into: windowGradients)
  }
}
