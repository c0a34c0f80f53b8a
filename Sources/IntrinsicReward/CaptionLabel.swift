/// One answer of an annotator: what `caption` (a global caption id) is worth.
public struct CaptionLabel: Sendable, Hashable {
  /// The global caption id. 0 is "no caption" and has no label.
  public var caption: UInt32
  /// The label's value; 1 for helpful and 0 for not helpful where the annotator classifies. NaN takes the caption's label
  /// back: it is unknown again.
  public var value: Float

  public init(caption: UInt32, value: Float) {
    self.caption = caption
    self.value = value
  }
}
