extension CaptionGrid {
  /// The answer of a perfect annotator, exact for every caption of this world.
  /// - Returns: true if `caption` reports progress towards the stairs, false if not, nil if this world never says it
  ///   (nor asks about the empty caption).
  public static func label(of caption: some Sequence<UInt8>) -> Bool? {
    labels[CaptionGridWitness.removed(from: Array(caption))]
  }

  private static let labels: [[UInt8]: Bool] = Dictionary(
    uniqueKeysWithValues: CaptionGridCaption.allCases.filter { $0 != .none }.map { caption in
      (caption.text.withUTF8Buffer { Array($0) }, caption.isProgress)
    })
}
