import NeuralNetwork
import Tensor
import Trajectories

/// Builds the encoder of a network: finds observation fields by name and places the parameters of every layer.
public struct EncoderBuilder {
  var layout = ParameterLayout()
  /// The result of `numbers` if the network standardises; nil before the call and without standardisation.
  private(set) var standardisedFields: NumericFields?
  private let observation: ObservationLayout
  private let standardisesNumbers: Bool
  private let trigramSize: Int

  init(_ observation: ObservationLayout, standardisesNumbers: Bool, trigramSize: Int) {
    self.observation = observation
    self.standardisesNumbers = standardisesNumbers
    self.trigramSize = trigramSize
  }

  /// Names of the fields whose elements are categories: the grids that a 3x3 convolution can read, and the others.
  public var categorical: (grids: [String], others: [String]) {
    let fields = observation.fields.filter { $0.encoding.categoryCount != nil && $0.encoding.set == nil }
    return (fields.filter(Self.isGrid).map(\.name), fields.filter { !Self.isGrid($0) }.map(\.name))
  }

  private static func isGrid(_ field: ObservationField) -> Bool {
    guard field.encoding.categoryCount != nil, field.type != .float32 else { return false }
    return field.shape.count == 2 && field.shape.allSatisfy { $0 >= 3 }
  }

  /// The names of the sets of things that fields describe, in the order of their first fields.
  public var sets: [String] {
    observation.fields.compactMap(\.encoding.set).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Names of the fields that are text.
  public var texts: [String] { observation.fields.filter { $0.encoding == .text }.map(\.name) }

  /// Names of the fields that are pictures.
  public var images: [String] { observation.fields.filter { $0.encoding == .image }.map(\.name) }

  /// All numbers of an observation, or nil if it has none. Call it once: it places parameters.
  public mutating func numbers() throws -> (any ObservationEncoder)? {
    guard var fields = try NumericFields(observation) else { return nil }
    guard standardisesNumbers else { return fields }
    fields.standardisation = Standardisation("encoder.numeric", count: fields.outputSize, in: &layout)
    standardisedFields = fields
    return fields
  }

  /// The vectors [size] of each element of a field of categories.
  public mutating func embedded(_ name: String, size: Int) throws -> any ObservationEncoder {
    let (field, offset) = try find(name)
    return try EmbeddedField(field, byteOffset: offset, size: size, in: &layout)
  }

  /// The mean of the vectors [size] of a text's hashed words and word pairs, followed by a vector of its trigrams if the network
  /// reads them.
  public mutating func text(_ name: String, size: Int) throws -> any ObservationEncoder {
    let (field, offset) = try find(name)
    let words = try TextField(field, byteOffset: offset, size: size, in: &layout)
    guard trigramSize > 0 else { return words }
    return Concatenated(
      parts: [words, try TrigramField(field, byteOffset: offset, size: trigramSize, in: &layout)])
  }

  /// The sum [size] over the things of a set.
  public mutating func set(_ name: String, size: Int) throws -> any ObservationEncoder {
    SetField(try SetMembers(name, of: observation, "encoder.\(name)", size: size, in: &layout))
  }

  /// The bytes of a text or a picture as numbers in 0 ... 1.
  public func bytes(_ name: String) throws -> any ObservationEncoder {
    let (field, offset) = try find(name)
    return try ByteField(field, byteOffset: offset)
  }

  /// A grid of categories, embedded and convolved with ELU, 3x3.
  public mutating func convolved(_ name: String, embeddingSize: Int, channels: Int, padding: Int = 0) throws
    -> any ObservationEncoder
  {
    let (field, offset) = try find(name)
    guard Self.isGrid(field) else { throw PolicyNetworkError("\(name): \(field.type)\(field.shape) is not a grid") }
    let convolution = EmbeddedConvolution(
      "encoder.\(name)", rows: field.shape[0], columns: field.shape[1], symbolCount: try field.checkedCardinality(),
      embeddingSize: embeddingSize, kernel: 3, padding: padding, outputChannels: channels, in: &layout)
    return try GatheredField(field, byteOffset: offset, convolution)
  }

  /// A grid of tile symbols, drawn as a picture and convolved with ELU.
  public mutating func tiles(
    _ name: String, channels: Int, kernel: Int, stride: Int
  ) throws -> any ObservationEncoder {
    let (field, offset) = try find(name)
    guard Self.isGrid(field), case .tiles(let tiles) = field.encoding else {
      throw PolicyNetworkError("\(name): \(field.type)\(field.shape) is not a grid of tiles")
    }
    let mosaic = Mosaic(
      rows: field.shape[0], columns: field.shape[1], side: tiles.side, masks: tiles.masks, colours: tiles.colours)
    let convolution = TileConvolution(
      "encoder.\(name)", mosaic: mosaic, kernel: kernel, stride: stride, outputChannels: channels, in: &layout)
    return try GatheredField(field, byteOffset: offset, convolution)
  }

  /// The outputs of `parts` in one row.
  /// - Throws: `PolicyNetworkError` if there are no parts.
  public func concatenated(_ parts: [any ObservationEncoder]) throws -> any ObservationEncoder {
    guard !parts.isEmpty else {
      throw PolicyNetworkError("the observation has no field a network can read: \(observation.signature)")
    }
    return Concatenated(parts: parts)
  }

  private func find(_ name: String) throws -> (field: ObservationField, offset: Int) {
    guard let index = observation.fields.firstIndex(where: { $0.name == name }) else {
      throw PolicyNetworkError("the network reads a field \"\(name)\", which is not in \(observation.signature)")
    }
    return (observation.fields[index], observation.offsets[index])
  }
}

/// Layers that a network definition puts on top of an encoder, from the first to the last.
public struct LayerStack {
  private let name: String
  private let input: any ObservationEncoder
  private var layers: [any Layer] = []
  /// Shape of the next layer's input; nil if that is a vector.
  private var image: (height: Int, width: Int, channels: Int)?

  /// - Parameters:
  ///   - name: the layers' parameters are called "encoder.name.1" and so on.
  ///   - input: the encoder below. If it convolves a grid or reads a picture, its output can be convolved further.
  public init(_ name: String, on input: any ObservationEncoder) {
    self.name = name
    self.input = input
    if let grid = input as? GatheredField {
      let convolution = grid.convolution
      image = (convolution.outputRows, convolution.outputColumns, convolution.outputChannels)
    } else if let picture = input as? ByteField {
      image = picture.image
    }
  }

  /// A convolution with ELU.
  public mutating func convolve(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, in builder: inout EncoderBuilder
  ) {
    guard let image else { preconditionFailure("a vector cannot be convolved") }
    let geometry = ConvolutionGeometry(
      inputHeight: image.height, inputWidth: image.width, inputChannels: image.channels, outputChannels: channels,
      kernel: kernel, stride: stride, padding: padding)
    layers.append(Convolution(nextName, geometry, in: &builder.layout))
    self.image = (geometry.outputHeight, geometry.outputWidth, channels)
  }

  /// Two convolutions that shrink a picture to a few hundred numbers or less, with kernels that suit its size.
  public mutating func shrink(in builder: inout EncoderBuilder) {
    guard let image else { preconditionFailure("a vector cannot be convolved") }
    let side = min(image.height, image.width)
    switch side {
    case 64...:
      convolve(16, kernel: 8, stride: 4, in: &builder)
      convolve(32, kernel: 4, stride: 2, in: &builder)
    case 20...:
      convolve(16, kernel: 4, stride: 2, in: &builder)
      convolve(32, kernel: 3, stride: 2, in: &builder)
    case 3...:
      convolve(16, kernel: 3, padding: 1, in: &builder)
      convolve(32, kernel: 3, stride: side > 8 ? 2 : 1, in: &builder)
    default: break
    }
  }

  /// A convolution, a pool that halves the sides of a picture that is not tiny, and two residual blocks.
  public mutating func residualStage(_ channels: Int, in builder: inout EncoderBuilder) {
    convolve(channels, kernel: 3, padding: 1, in: &builder)
    if let image, min(image.height, image.width) >= 4 { pool(2) }
    for _ in 0..<2 { residual(in: &builder) }
  }

  /// Two convolutions whose result is added to their input.
  public mutating func residual(in builder: inout EncoderBuilder) {
    guard let image else { preconditionFailure("a vector cannot be convolved") }
    layers.append(
      ResidualBlock(
        nextName, height: image.height, width: image.width, channels: image.channels, in: &builder.layout))
  }

  /// A layer that takes the largest value of each window of `window` x `window` cells.
  public mutating func pool(_ window: Int) {
    guard let image else { preconditionFailure("a vector cannot be pooled") }
    let pool = MaxPool(height: image.height, width: image.width, channels: image.channels, window: window)
    layers.append(pool)
    self.image = (pool.outputHeight, pool.outputWidth, image.channels)
  }

  /// Fully connected, with ELU. Reads an image as one long vector.
  public mutating func dense(_ units: Int, in builder: inout EncoderBuilder) {
    let inputs = layers.last?.outputSize ?? input.outputSize
    layers.append(Linear(nextName, inputs: inputs, outputs: units, activation: .elu, in: &builder.layout))
    image = nil
  }

  /// The input with the layers on top.
  public var encoder: any ObservationEncoder { Stacked(input: input, layers: layers) }

  private var nextName: String { "encoder.\(name).\(layers.count + 1)" }
}
