import Tensor

/// Where each field of an observation lies in a row of bytes. Rows are what environments write, what travels, and what
/// networks read: an observation is never an object.
public struct ObservationLayout: Sendable, Hashable {
  public let fields: [ObservationField]
  /// Byte offset of each field in a row; every field starts at a multiple of 8.
  public let offsets: [Int]
  /// Bytes of one row, a multiple of 8.
  public let rowByteCount: Int

  public init(_ fields: [ObservationField]) {
    var next = 0
    var offsets: [Int] = []
    for field in fields {
      offsets.append(next)
      next += (field.byteCount + 7) & ~7
    }
    self.fields = fields
    self.offsets = offsets
    rowByteCount = next
  }

  /// Byte offset of the field called `name`, or nil if the layout has no such field.
  public func offset(of name: String) -> Int? {
    fields.firstIndex { $0.name == name }.map { offsets[$0] }
  }

  /// Names, types and shapes as one line; two peers with the same line agree on every byte of a row.
  public var signature: String {
    fields.map { "\($0.name):\($0.type)\($0.shape)" }.joined(separator: " ")
  }
}
