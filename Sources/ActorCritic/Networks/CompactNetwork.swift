/// The default on CPUs: one branch for each field that holds categories, one for all numbers, one for each text.
enum CompactNetwork {
  static func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    var branches: [any ObservationEncoder] = []
    for field in builder.categorical {
      let symbols = try builder.embedded(field, size: description.embeddingSize)
      branches.append(builder.dense("encoder.\(field)", on: symbols, sizes: [description.hiddenSize]))
    }
    if let numbers = try builder.numbers() {
      branches.append(builder.dense("encoder.numeric", on: numbers, sizes: [64]))
    }
    for field in builder.texts { branches.append(try builder.text(field, size: description.textSize)) }
    let encoder = try builder.concatenated(branches)
    return builder.dense("encoder.join", on: encoder, sizes: [description.hiddenSize])
  }
}
