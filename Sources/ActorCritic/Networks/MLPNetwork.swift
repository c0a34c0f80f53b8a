/// For vector observations: all fields side by side, then two hidden layers.
enum MLPNetwork {
  static func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    var inputs: [any ObservationEncoder] = []
    for field in builder.categorical { inputs.append(try builder.embedded(field, size: description.embeddingSize)) }
    if let numbers = try builder.numbers() { inputs.append(numbers) }
    for field in builder.texts { inputs.append(try builder.text(field, size: description.textSize)) }
    let size = description.hiddenSize
    return builder.dense("encoder.hidden", on: try builder.concatenated(inputs), sizes: [size, size])
  }
}
