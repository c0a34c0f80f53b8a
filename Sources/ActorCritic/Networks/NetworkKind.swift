/// The networks a run can choose from. Raw values are those of run configurations.
public enum NetworkKind: String, Sendable, CaseIterable {
  /// Fits any observation, made for learning per core second: small convolutions over grids of categories.
  case compact
  /// Fits any observation without convolutions: everything side by side, then two layers.
  case mlp
  /// Small convolutions over NetHack's whole map.
  case wide
  /// The network of ONI (Zheng et al. 2024), for comparison.
  case oni

  /// The sizes it was made for, with a GRU.
  public var description: NetworkDescription {
    switch self {
    case .compact: NetworkDescription(kind: self)
    case .mlp: NetworkDescription(kind: self, hiddenSize: 64, recurrentSize: 64)
    case .wide: NetworkDescription(kind: self, hiddenSize: 256, recurrentSize: 256)
    case .oni: NetworkDescription(kind: self, hiddenSize: 512, recurrentSize: 512)
    }
  }

  /// The observations of NetHack that it reads; nil: what NetHack gives when nobody asks for more.
  public var netHackObservationKeys: [String]? {
    switch self {
    case .compact, .mlp: nil
    case .wide: ["glyphs", "status", "message"]
    case .oni: ["tile_crop", "status", "message"]
    }
  }

  /// Everything below the recurrent cell.
  /// - Throws: `PolicyNetworkError` naming a field that the observation lacks or that does not fit.
  func encoder(
    _ builder: inout EncoderBuilder, _ description: NetworkDescription
  ) throws -> any ObservationEncoder {
    switch self {
    case .compact: try CompactNetwork.encoder(&builder, description)
    case .oni: try ONINetwork.encoder(&builder, description)
    case .wide: try WideNetwork.encoder(&builder, description)
    case .mlp: try MLPNetwork.encoder(&builder, description)
    }
  }
}
