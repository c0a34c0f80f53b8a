/// The default on CPUs: small convolutions over each grid of categories, a layer for all numbers, hashed words for each
/// text, and a layer that joins them.
enum CompactNetwork {
  static func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    var branches: [any ObservationEncoder] = []
    for name in builder.categorical.grids {
      var grid = LayerStack(
        name, on: try builder.convolved(name, embeddingSize: description.embeddingSize, channels: 16))
      grid.convolve(16, kernel: 3, stride: 2, padding: 1, in: &builder)
      grid.dense(description.hiddenSize, in: &builder)
      branches.append(grid.encoder)
    }
    for name in builder.categorical.others {
      branches.append(try builder.embedded(name, size: description.embeddingSize))
    }
    if let numbers = try builder.numbers() {
      var numeric = LayerStack("numeric", on: numbers)
      numeric.dense(64, in: &builder)
      branches.append(numeric.encoder)
    }
    for name in builder.texts { branches.append(try builder.text(name, size: description.textSize)) }
    var join = LayerStack("join", on: try builder.concatenated(branches))
    join.dense(description.hiddenSize, in: &builder)
    return join.encoder
  }
}
