import Environments
import NeuralNetwork

/// What network definitions are written with: it finds fields by name, and places every layer's parameters.
struct EncoderBuilder {
  private(set) var layout = ParameterLayout()
  private let observation: ObservationLayout

  init(_ observation: ObservationLayout) { self.observation = observation }

  /// Names of the fields whose elements are categories.
  var categorical: [String] {
    observation.fields.filter { if case .categorical = $0.encoding { true } else { false } }.map(\.name)
  }

  /// Names of the fields that are text.
  var texts: [String] { observation.fields.filter { $0.encoding == .text }.map(\.name) }

  /// All numbers of an observation, or nil if it has none.
  func numbers() throws -> NumericFields? { try NumericFields(observation) }

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

  /// Layers of ELU units on top of an encoder. One layer is called `name`, several name1, name2 and so on.
  mutating func dense(_ name: String, on input: any ObservationEncoder, sizes: [Int]) -> Stacked {
    var layers: [any Layer] = []
    var inputs = input.outputSize
    for (index, size) in sizes.enumerated() {
      let layerName = sizes.count == 1 ? name : "\(name)\(index + 1)"
      layers.append(Linear(layerName, inputs: inputs, outputs: size, activation: .elu, in: &layout))
      inputs = size
    }
    return Stacked(input: input, layers: layers)
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
