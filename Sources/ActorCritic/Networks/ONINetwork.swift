import Environments
import NeuralNetwork

/// The policy of ONI (Zheng et al. 2024), as released: three convolutions over a picture of the characters around the
/// hero, two layers each over status and message bytes, the raw status beside them. With its own sizes and 28
/// actions it has 2,798,205 parameters.
enum ONINetwork {
  /// 72x72 pixels. Colours count from 0 to 1.
  private static let mosaic = Mosaic(
    rows: 12, columns: 12, side: TileSet.side, masks: TileSet.masks, colours: TileSet.colours)

  static func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    var picture = LayerStack(
      "picture", on: try builder.tiles("tile_crop", mosaic, channels: 32, kernel: 8, stride: 4))
    picture.convolve(64, kernel: 4, stride: 2, in: &builder)
    picture.convolve(128, kernel: 3, stride: 2, in: &builder)
    picture.dense(description.hiddenSize, in: &builder)

    guard let numbers = try builder.numbers() else { throw PolicyNetworkError("the oni network reads the status") }
    var status = LayerStack("status", on: numbers)
    status.dense(128, in: &builder)
    status.dense(128, in: &builder)

    var message = LayerStack("message", on: try builder.bytes("message"))
    message.dense(128, in: &builder)
    message.dense(128, in: &builder)

    return try builder.concatenated([picture.encoder, status.encoder, numbers, message.encoder])
  }
}
