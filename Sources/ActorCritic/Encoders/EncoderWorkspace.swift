import Tensor

/// All memory an `ObservationEncoder` needs for up to `maximumRows` rows. Used by one thread at a time.
final class EncoderWorkspace {
  /// [N, embeddedSize]: vectors of all categorical elements, and their gradients.
  let embedded, embeddedGradients: FloatBuffer
  /// [N, numericSize]: scaled and clipped numbers.
  let scaled: FloatBuffer
  /// [N, featureSize]: all branches side by side, and their gradients.
  let features, featureGradients: FloatBuffer
  /// [N, outputSize]
  let outputs, outputGradients: FloatBuffer
  /// One for each text field.
  let texts: [TextHashes]

  init(
    maximumRows: Int, embeddedSize: Int, numericSize: Int, featureSize: Int, outputSize: Int, texts: [TextHashes]
  ) {
    embedded = FloatBuffer(count: maximumRows * embeddedSize)
    embeddedGradients = FloatBuffer(count: maximumRows * embeddedSize)
    scaled = FloatBuffer(count: maximumRows * numericSize)
    features = FloatBuffer(count: maximumRows * featureSize)
    featureGradients = FloatBuffer(count: maximumRows * featureSize)
    outputs = FloatBuffer(count: maximumRows * outputSize)
    outputGradients = FloatBuffer(count: maximumRows * outputSize)
    self.texts = texts
  }
}
