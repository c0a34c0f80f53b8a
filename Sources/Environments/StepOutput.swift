/// Where an environment writes one observation and its caption.
///
/// The caller owns both: `row` points at `ObservationLayout.rowByteCount` bytes, aligned to 8, that stay valid for the
/// duration of the `reset` or `step` call they are passed to and must not be kept. The row's previous content is
/// undefined, so an environment writes every field it declared.
public struct StepOutput {
  public let row: UnsafeMutableRawPointer
  public let caption: CaptionBuffer

  public init(row: UnsafeMutableRawPointer, caption: CaptionBuffer) {
    self.row = row
    self.caption = caption
  }

  /// The field at a byte offset of the layout, as `count` elements of its type.
  @inlinable public func field<Element>(
    at offset: Int, as type: Element.Type, count: Int
  ) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: (row + offset).assumingMemoryBound(to: type), count: count)
  }
}
