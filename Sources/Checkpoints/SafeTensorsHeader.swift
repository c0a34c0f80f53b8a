/// What a safetensors header says, before it is compared with the data.
struct SafeTensorsHeader: Equatable {
  struct Entry: Equatable {
    var name: String
    var type: TensorElementType
    var shape: [Int]
    /// Offsets into the data, end excluded.
    var begin: Int
    var end: Int

    /// Size the shape asks for, or nil if it overflows.
    var byteCount: Int? {
      var size = type.byteCount
      for dimension in shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
        guard !overflow else { return nil }
        size = product
      }
      return size
    }
  }

  var entries: [Entry] = []
  var metadata: [String: String] = [:]
}

/// What is wrong with a header, and at which byte of it.
struct SafeTensorsHeaderError: Error, CustomStringConvertible, Equatable {
  let offset: Int
  let reason: String

  var description: String { "\(reason) at byte \(offset)" }
}
