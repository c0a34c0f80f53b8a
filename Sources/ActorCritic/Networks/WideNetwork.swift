/// Sees the whole map of NetHack: embedded glyphs under three 3x3 convolutions, pooled in between, beside numbers and the
/// message.
enum WideNetwork {
  static func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    var map = LayerStack(
      "map", on: try builder.convolved("glyphs", embeddingSize: description.embeddingSize, channels: 16, padding: 1))
    map.pool(3)
    map.convolve(32, kernel: 3, padding: 1, in: &builder)
    map.pool(2)
    map.convolve(32, kernel: 3, padding: 1, in: &builder)
    map.dense(description.hiddenSize, in: &builder)
    var branches: [any ObservationEncoder] = [map.encoder]
    if let numbers = try builder.numbers() {
      var numeric = LayerStack("numeric", on: numbers)
      numeric.dense(64, in: &builder)
      branches.append(numeric.encoder)
    }
    for name in builder.texts { branches.append(try builder.text(name, size: description.textSize)) }
    return try builder.concatenated(branches)
  }
}
