import NeuralNetwork
import Trajectories

/// What network definitions are written with: it finds fields by name, and places every layer's parameters.
struct EncoderBuilder {
  var layout = ParameterLayout()
  /// What `numbers` made, if it is standardised.
  private(set) var standardisedFields: NumericFields?
  private let observation: ObservationLayout
  private let standardisesNumbers: Bool

  init(_ observation: ObservationLayout, standardisesNumbers: Bool) {
    self.observation = observation
    self.standardisesNumbers = standardisesNumbers
  }

  /// Names of the fields whose elements are categories: those that a 3x3 convolution can read as a grid, and the others.
  var categorical: (grids: [String], others: [String]) {
    let fields = observation.fields.filter { if case .categorical = $0.encoding { true } else { false } }
    return (fields.filter(Self.isGrid).map(\.name), fields.filter { !Self.isGrid($0) }.map(\.name))
  }

  private static func isGrid(_ field: ObservationField) -> Bool {
    guard case .categorical = field.encoding, field.type != .float32 else { return false }
    return field.shape.count == 2 && field.shape.allSatisfy { $0 >= 3 }
  }

  /// Names of the fields that are text.
  var texts: [String] { observation.fields.filter { $0.encoding == .text }.map(\.name) }

  /// All numbers of an observation, or nil if it has none. Asked for once.
  mutating func numbers() throws -> NumericFields? {
    guard var fields = try NumericFields(observation) else { return nil }
    guard standardisesNumbers else { return fields }
    fields.standardisation = Standardisation("encoder.numeric", count: fields.outputSize, in: &layout)
    standardisedFields = fields
    return fields
  }

  mutating func embedded(_ name: String, size: Int) throws -> EmbeddedField {
    let (field, offset) = try find(name)
    return try EmbeddedField(field, byteOffset: offset, size: size, in: &layout)
  }

  mutating func text(_ name: String, size: Int) throws -> TextField {
    let (field, offset) = try find(name)
    return try TextField(field, byteOffset: offset, size: size, in: &layout)
  }

  func bytes(_ name: String) throws -> ByteField {
    let (field, offset) = try find(name)
    return try ByteField(field, byteOffset: offset)
  }

  /// A grid of categories, embedded and convolved with ELU, 3x3.
  mutating func convolved(_ name: String, embeddingSize: Int, channels: Int, padding: Int = 0) throws -> GatheredField {
    let (field, offset) = try find(name)
    guard Self.isGrid(field) else { throw PolicyNetworkError("\(name): \(field.type)\(field.shape) is no grid") }
    let convolution = EmbeddedConvolution(
      "encoder.\(name)", rows: field.shape[0], columns: field.shape[1], symbolCount: try field.checkedCardinality(),
      embeddingSize: embeddingSize, kernel: 3, padding: padding, outputChannels: channels, in: &layout)
    return try GatheredField(field, byteOffset: offset, convolution)
  }

  /// Tile symbols, drawn as a picture and convolved with ELU.
  mutating func tiles(
    _ name: String, _ mosaic: Mosaic, channels: Int, kernel: Int, stride: Int
  ) throws -> GatheredField {
    let (field, offset) = try find(name)
    let convolution = TileConvolution(
      "encoder.\(name)", mosaic: mosaic, kernel: kernel, stride: stride, outputChannels: channels, in: &layout)
    return try GatheredField(field, byteOffset: offset, convolution)
  }

  /// - Throws: `PolicyNetworkError` if there is nothing to lay side by side.
  func concatenated(_ parts: [any ObservationEncoder]) throws -> Concatenated {
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
