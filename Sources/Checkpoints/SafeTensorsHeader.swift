/// The header of a safetensors file, before it is compared with the data.
struct SafeTensorsHeader: Equatable {
  /// Most tensors accepted in one file.
  static let maximumTensors = 65_536
  /// Most dimensions of a tensor.
  static let maximumRank = 32
  /// The key that holds texts instead of a tensor.
  static let metadataKey = "__metadata__"

  struct Entry: Equatable {
    var name: String
    var type: TensorElementType
    var shape: [Int]
    /// Offsets into the data, end excluded.
    var begin: Int
    var end: Int

    /// Size of the shape in bytes, or nil if it overflows.
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

/// A problem of a header and the byte at which it is.
struct SafeTensorsHeaderError: Error, CustomStringConvertible, Equatable {
  let offset: Int
  let reason: String

  var description: String { "\(reason) at byte \(offset)" }
}

/// Reads the one JSON shape that a safetensors header may have. It does not recurse, and it refuses what a general JSON
/// reader accepts: repeated names, numbers that are not whole, unknown members.
struct SafeTensorsHeaderParser {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  mutating func parse() throws(SafeTensorsHeaderError) -> SafeTensorsHeader {
    guard bytes.first == UInt8(ascii: "{") else { throw error("no \"{\"") }
    var header = SafeTensorsHeader()
    var names: Set<String> = []
    try members { (parser, name) throws(SafeTensorsHeaderError) in
      guard names.insert(name).inserted else { throw parser.error("\"\(name)\" appears twice") }
      guard names.count <= SafeTensorsHeader.maximumTensors else { throw parser.error("too many tensors") }
      if name == SafeTensorsHeader.metadataKey {
        header.metadata = try parser.texts()
      } else {
        header.entries.append(try parser.entry(name))
      }
    }
    skipSpaces()
    guard position == bytes.endIndex else { throw error("text after the header") }
    return header
  }

  private mutating func entry(_ name: String) throws(SafeTensorsHeaderError) -> SafeTensorsHeader.Entry {
    var type: TensorElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try members { (parser, member) throws(SafeTensorsHeaderError) in
      switch member {
      case "dtype" where type == nil:
        let text = try parser.string()
        guard let known = TensorElementType(rawValue: text) else { throw parser.error("unsupported dtype \"\(text)\"") }
        type = known
      case "shape" where shape == nil: shape = try parser.integers(maximumCount: SafeTensorsHeader.maximumRank)
      case "data_offsets" where offsets == nil: offsets = try parser.integers(maximumCount: 2)
      default: throw parser.error("unexpected member \"\(member)\" of \"\(name)\"")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw error("\"\(name)\" has no dtype, no shape or not two data_offsets")
    }
    return SafeTensorsHeader.Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }

  private mutating func texts() throws(SafeTensorsHeaderError) -> [String: String] {
    var result: [String: String] = [:]
    try members { (parser, name) throws(SafeTensorsHeaderError) in
      let text = try parser.string()
      guard result.updateValue(text, forKey: name) == nil else { throw parser.error("\"\(name)\" appears twice") }
    }
    return result
  }

  /// Reads an object, calling `read` after each member's colon.
  private mutating func members(
    _ read: (inout SafeTensorsHeaderParser, String) throws(SafeTensorsHeaderError) -> Void
  ) throws(SafeTensorsHeaderError) {
    try expect("{")
    if take("}") { return }
    repeat {
      let name = try string()
      try expect(":")
      try read(&self, name)
    } while take(",")
    try expect("}")
  }

  private mutating func integers(maximumCount: Int) throws(SafeTensorsHeaderError) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if take("]") { return result }
    repeat {
      guard result.count < maximumCount else { throw error("more than \(maximumCount) numbers") }
      result.append(try integer())
    } while take(",")
    try expect("]")
    return result
  }

  /// A whole number from 0 to Int.max without leading zeros.
  private mutating func integer() throws(SafeTensorsHeaderError) -> Int {
    skipSpaces()
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let text = String(decoding: digits, as: UTF8.self)
    guard let value = Int(text, radix: 10), text.count == 1 || !text.hasPrefix("0") else {
      throw error("no whole number")
    }
    position = digits.endIndex
    return value
  }

  private mutating func string() throws(SafeTensorsHeaderError) -> String {
    try expect("\"")
    var content: [UInt8] = []
    while position < bytes.endIndex {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw error("text is not UTF-8") }
        return text
      case UInt8(ascii: "\\"): content += try escape()
      case 0..<32: throw error("control character in text")
      default: content.append(byte)
      }
    }
    throw error("text without end")
  }

  /// The UTF-8 of an escape sequence, its backslash already read.
  private mutating func escape() throws(SafeTensorsHeaderError) -> [UInt8] {
    guard position < bytes.endIndex else { throw error("text without end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error("unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(SafeTensorsHeaderError) -> [UInt8] {
    var value = UInt32(clamping: try codeUnit())
    if (0xD800..<0xDC00).contains(value) {
      guard bytes[position...].starts(with: Array("\\u".utf8)) else { throw error("half a surrogate pair") }
      position += 2
      let low = UInt32(clamping: try codeUnit())
      guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair") }
    return Array(String(scalar).utf8)
  }

  private mutating func codeUnit() throws(SafeTensorsHeaderError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, !text.hasPrefix("+"), let value = UInt16(text, radix: 16) else {
      throw error("unknown escape")
    }
    position += 4
    return value
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafeTensorsHeaderError) {
    guard take(character) else { throw error("no \"\(character)\"") }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpaces()
    guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpaces() {
    while position < bytes.endIndex, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
  }

  private func error(_ reason: String) -> SafeTensorsHeaderError {
    SafeTensorsHeaderError(offset: position - bytes.startIndex, reason: reason)
  }
}
