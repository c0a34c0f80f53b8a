import TenguLearning

extension NetworkEntry {
  /// A network for the garden: one convolution that keeps the picture's size, and two layers.
  public static let garden = NetworkEntry(
    name: "garden", explanation: "reads the garden's cells",
    sizes: NetworkSizes(embedding: 8, hidden: 64, recurrent: 64)
  ) { builder, sizes in
    var picture = LayerStack(
      "cells", on: try builder.convolved("cells", embeddingSize: sizes.embedding, channels: 16, padding: 1))
    picture.dense(sizes.hidden, in: &builder)
    let carries = try builder.embedded("carries", size: sizes.embedding)
    var join = LayerStack("join", on: try builder.concatenated([picture.encoder, carries]))
    join.dense(sizes.hidden, in: &builder)
    return join.encoder
  }
}
