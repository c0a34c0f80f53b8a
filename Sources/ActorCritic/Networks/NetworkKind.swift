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

  /// The observations of NetHack that it reads; nil: what NetHack gives when nobody asks for more.
  public var netHackObservationKeys: [String]? {
    switch self {
    case .compact, .mlp: nil
    case .wide: ["glyphs", "status", "message"]
    case .oni: ["tile_crop", "status", "message"]
    }
  }
}
