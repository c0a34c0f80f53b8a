// The built-in policy networks. The encoder of each reads like the figure of the network: fields first, then the layers
// on top of each, then the join.

extension NetworkEntry {
  /// The default on CPUs: small convolutions over each grid of categories and each picture, a layer for all numbers, hashed words for
  /// each text, and a layer that joins them.
  public static let compact = NetworkEntry(
    name: "compact", explanation: "fits any observation and is made for CPUs", sizes: NetworkSizes()
  ) { builder, sizes in
    try joined(&builder, sizes) { picture, builder in picture.shrink(in: &builder) }
  }

  /// The deep network of IMPALA (Espeholt et al. 2018, figure 3) for pictures, with ELU instead of ReLU; everything else is that of
  /// `compact`.
  public static let impala = NetworkEntry(
    name: "impala", explanation: "reads pictures with six residual blocks",
    sizes: NetworkSizes(hidden: 256, recurrent: 256)
  ) { builder, sizes in
    guard !builder.images.isEmpty else {
      throw PolicyNetworkError("the impala network reads pictures, and the observation has none; take compact")
    }
    return try joined(&builder, sizes) { picture, builder in
      for channels in [16, 32, 32] { picture.residualStage(channels, in: &builder) }
    }
  }

  /// A branch for each field, under a layer that joins them.
  /// - Parameter picture: puts the layers of a picture below its dense layer.
  private static func joined(
    _ builder: inout EncoderBuilder, _ sizes: NetworkSizes,
    picture readPicture: (inout LayerStack, inout EncoderBuilder) -> Void
  ) throws -> any ObservationEncoder {
    var branches: [any ObservationEncoder] = []
    for name in builder.categorical.grids {
      var grid = LayerStack(
        name, on: try builder.convolved(name, embeddingSize: sizes.embedding, channels: 16))
      grid.convolve(16, kernel: 3, stride: 2, padding: 1, in: &builder)
      grid.dense(sizes.hidden, in: &builder)
      branches.append(grid.encoder)
    }
    for name in builder.images {
      var picture = LayerStack(name, on: try builder.bytes(name))
      readPicture(&picture, &builder)
      picture.dense(sizes.hidden, in: &builder)
      branches.append(picture.encoder)
    }
    for name in builder.categorical.others {
      branches.append(try builder.embedded(name, size: sizes.embedding))
    }
    if let numbers = try builder.numbers() {
      var numeric = LayerStack("numeric", on: numbers)
      numeric.dense(64, in: &builder)
      branches.append(numeric.encoder)
    }
    for name in builder.texts { branches.append(try builder.text(name, size: sizes.text)) }
    for name in builder.sets { branches.append(try builder.set(name, size: sizes.text)) }
    var join = LayerStack("join", on: try builder.concatenated(branches))
    join.dense(sizes.hidden, in: &builder)
    return join.encoder
  }

  /// For vector observations: all fields concatenated, then two hidden layers.
  public static let mlp = NetworkEntry(
    name: "mlp", explanation: "has no convolutions and fits any observation",
    sizes: NetworkSizes(hidden: 64, recurrent: 64)
  ) { builder, sizes in
    var inputs: [any ObservationEncoder] = []
    for name in builder.categorical.grids + builder.categorical.others {
      inputs.append(try builder.embedded(name, size: sizes.embedding))
    }
    if let numbers = try builder.numbers() { inputs.append(numbers) }
    for name in builder.images { inputs.append(try builder.bytes(name)) }
    for name in builder.texts { inputs.append(try builder.text(name, size: sizes.text)) }
    for name in builder.sets { inputs.append(try builder.set(name, size: sizes.text)) }
    var hidden = LayerStack("hidden", on: try builder.concatenated(inputs))
    hidden.dense(sizes.hidden, in: &builder)
    hidden.dense(sizes.hidden, in: &builder)
    return hidden.encoder
  }

  /// Reads a whole map of symbols: embedded glyphs under three 3x3 convolutions with pools between them, concatenated
  /// with numbers and texts.
  public static let wide = NetworkEntry(
    name: "wide", explanation: "reads the whole map (a field \"glyphs\") with three convolutions",
    sizes: NetworkSizes(hidden: 256, recurrent: 256), observationFields: ["glyphs", "status", "message"]
  ) { builder, sizes in
    var map = LayerStack(
      "map", on: try builder.convolved("glyphs", embeddingSize: sizes.embedding, channels: 16, padding: 1))
    map.pool(3)
    map.convolve(32, kernel: 3, padding: 1, in: &builder)
    map.pool(2)
    map.convolve(32, kernel: 3, padding: 1, in: &builder)
    map.dense(sizes.hidden, in: &builder)
    var branches: [any ObservationEncoder] = [map.encoder]
    if let numbers = try builder.numbers() {
      var numeric = LayerStack("numeric", on: numbers)
      numeric.dense(64, in: &builder)
      branches.append(numeric.encoder)
    }
    for name in builder.texts { branches.append(try builder.text(name, size: sizes.text)) }
    return try builder.concatenated(branches)
  }

  /// The policy of ONI (Zheng et al. 2024) as released: three convolutions over a 3x72x72 picture of the characters
  /// around the hero, two layers each over status and message bytes, and the raw status. With its own sizes and 28
  /// actions it has 2,798,205 parameters.
  public static let oni = NetworkEntry(
    name: "oni", explanation: "is the network of ONI's paper, for comparison",
    sizes: NetworkSizes(hidden: 512, recurrent: 512), observationFields: ["tile_crop", "status", "message"]
  ) { builder, sizes in
    var picture = LayerStack("picture", on: try builder.tiles("tile_crop", channels: 32, kernel: 8, stride: 4))
    picture.convolve(64, kernel: 4, stride: 2, in: &builder)
    picture.convolve(128, kernel: 3, stride: 2, in: &builder)
    picture.dense(sizes.hidden, in: &builder)

    guard let numbers = try builder.numbers() else {
      throw PolicyNetworkError("the oni network reads numeric fields, and the observation has none")
    }
    var status = LayerStack("status", on: numbers)
    status.dense(128, in: &builder)
    status.dense(128, in: &builder)

    var message = LayerStack("message", on: try builder.bytes("message"))
    message.dense(128, in: &builder)
    message.dense(128, in: &builder)

    return try builder.concatenated([picture.encoder, status.encoder, numbers, message.encoder])
  }
}
