/// For vector observations: all fields side by side, then two hidden layers.
enum MLPNetwork {
  static func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    var inputs: [any ObservationEncoder] = []
    for name in builder.categorical.grids + builder.categorical.others {
      inputs.append(try builder.embedded(name, size: description.embeddingSize))
    }
    if let numbers = try builder.numbers() { inputs.append(numbers) }
    for name in builder.texts { inputs.append(try builder.text(name, size: description.textSize)) }
    var hidden = LayerStack("hidden", on: try builder.concatenated(inputs))
    hidden.dense(description.hiddenSize, in: &builder)
    hidden.dense(description.hiddenSize, in: &builder)
    return hidden.encoder
  }
}
