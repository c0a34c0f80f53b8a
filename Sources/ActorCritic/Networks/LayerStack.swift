import NeuralNetwork
import Tensor

/// Layers being put on top of an encoder, in the order in which a figure shows them.
struct LayerStack {
  private let name: String
  private let input: any ObservationEncoder
  private var layers: [any Layer] = []
  /// Of what the next layer reads; nil once it is a vector.
  private var image: (height: Int, width: Int, channels: Int)?

  /// On top of a vector.
  init(_ name: String, on input: any ObservationEncoder) {
    self.name = name
    self.input = input
  }

  /// On top of the image that a gathered convolution makes.
  init(_ name: String, on input: GatheredField) {
    self.name = name
    self.input = input
    let convolution = input.convolution
    image = (convolution.outputRows, convolution.outputColumns, convolution.outputChannels)
  }

  /// A convolution with ELU.
  mutating func convolve(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, in builder: inout EncoderBuilder
  ) {
    guard let image else { preconditionFailure("a vector cannot be convolved") }
    let geometry = ConvolutionGeometry(
      inputHeight: image.height, inputWidth: image.width, inputChannels: image.channels, outputChannels: channels,
      kernel: kernel, stride: stride, padding: padding)
    layers.append(Convolution(nextName, geometry, in: &builder.layout))
    self.image = (geometry.outputHeight, geometry.outputWidth, channels)
  }

  /// The largest value of each window.
  mutating func pool(_ window: Int) {
    guard let image else { preconditionFailure("a vector cannot be pooled") }
    let pool = MaxPool(height: image.height, width: image.width, channels: image.channels, window: window)
    layers.append(pool)
    self.image = (pool.outputHeight, pool.outputWidth, image.channels)
  }

  /// Fully connected, with ELU. Reads an image as one long vector.
  mutating func dense(_ units: Int, in builder: inout EncoderBuilder) {
    let inputs = layers.last?.outputSize ?? input.outputSize
    layers.append(Linear(nextName, inputs: inputs, outputs: units, activation: .elu, in: &builder.layout))
    image = nil
  }

  var encoder: Stacked { Stacked(input: input, layers: layers) }

  private var nextName: String { "encoder.\(name).\(layers.count + 1)" }
}
