import Runtime

/// A value of a model file's header.
enum HeaderValue: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case flag(Bool)
  case text(String)
  case texts([String])
  case integers([Int])
  /// A list of another kind, which no part of a decoder needs.
  case skipped
}

/// A file of the GGUF format, versions 2 and 3: a header with named values, and tensors.
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
final class ModelFile {
  /// Where a tensor is, and what it contains.
  struct TensorEntry: Sendable, Hashable {
    var format: TensorFormat
    /// Numbers of one row, which are stored one after the other.
    var columns: Int
    var rows: Int
    /// Bytes from the beginning of the file.
    var offset: Int
  }

  private static let maximumValues = 4096
  private static let maximumTensors = 65_536
  /// Entries of a list; vocabularies have some hundred thousand.
  private static let maximumListed = 4_000_000
  /// Numbers of one dimension of a tensor.
  private static let maximumDimension = 1 << 24
  private static let magic: UInt32 = 0x4655_4747

  let path: String
  private(set) var values: [String: HeaderValue] = [:]
  private(set) var tensors: [String: TensorEntry] = [:]
  private let cursor: FileCursor

  /// Reads the header.
  /// - Throws: if the file cannot be read, is of another format, or is damaged.
  init(_ path: String) throws(LocalModelError) {
    self.path = path
    cursor = try FileCursor(path: path)
    guard cursor.size >= 24, try cursor.number(UInt32.self) == Self.magic else {
      throw LocalModelError(path, "it does not begin with \"GGUF\"; name a file of the GGUF format")
    }
    let version = try cursor.number(UInt32.self)
    guard version == 2 || version == 3 else {
      throw LocalModelError.unsupported(path, "its version of the GGUF format is \(version), not 2 or 3")
    }
    let tensorCount = try cursor.count("tensors", limit: Self.maximumTensors)
    let valueCount = try cursor.count("values", limit: Self.maximumValues)
    for _ in 0..<valueCount {
      let key = try cursor.text()
      values[key] = try value(of: try cursor.number(UInt32.self))
    }
    var entries: [(name: String, entry: TensorEntry)] = []
    for _ in 0..<tensorCount { entries.append((try cursor.text(), try entry())) }
    try place(entries)
  }

  // MARK: Values

  private func value(of type: UInt32) throws(LocalModelError) -> HeaderValue {
    switch type {
    case 8: return .text(try cursor.text())
    case 9: return try list()
    default: return try scalar(type)
    }
  }

  private func scalar(_ type: UInt32) throws(LocalModelError) -> HeaderValue {
    switch type {
    case 0: return .integer(Int(clamping: try cursor.number(UInt8.self)))
    case 1: return .integer(Int(clamping: try cursor.number(Int8.self)))
    case 2: return .integer(Int(clamping: try cursor.number(UInt16.self)))
    case 3: return .integer(Int(clamping: try cursor.number(Int16.self)))
    case 4: return .integer(Int(clamping: try cursor.number(UInt32.self)))
    case 5: return .integer(Int(clamping: try cursor.number(Int32.self)))
    case 6: return .real(Double(Float(bitPattern: try cursor.number(UInt32.self))))
    case 7: return .flag(try cursor.number(UInt8.self) != 0)
    case 10: return .integer(Int(clamping: try cursor.number(UInt64.self)))
    case 11: return .integer(Int(clamping: try cursor.number(Int64.self)))
    case 12: return .real(Double(bitPattern: try cursor.number(UInt64.self)))
    default: throw LocalModelError.damaged(path, "it has a value of the unknown type \(type)")
    }
  }

  private func list() throws(LocalModelError) -> HeaderValue {
    let type = try cursor.number(UInt32.self)
    let count = try cursor.count("entries of a list", limit: min(Self.maximumListed, cursor.size))
    if type == 8 {
      var texts: [String] = []
      for _ in 0..<count { texts.append(try cursor.text()) }
      return .texts(texts)
    }
    var integers: [Int] = []
    for _ in 0..<count {
      if case .integer(let value) = try scalar(type) { integers.append(value) }
    }
    return integers.count == count ? .integers(integers) : .skipped
  }

  // MARK: Tensors

  private func entry() throws(LocalModelError) -> TensorEntry {
    let dimensions = try cursor.number(UInt32.self)
    guard (1...4).contains(dimensions) else {
      throw LocalModelError.damaged(path, "it has a tensor of \(dimensions) dimensions")
    }
    var sizes: [Int] = []
    for _ in 0..<dimensions { sizes.append(try cursor.count("numbers of a dimension", limit: Self.maximumDimension)) }
    let type = try cursor.number(UInt32.self)
    let offset = try cursor.count("bytes before a tensor", limit: cursor.size)
    guard let format = TensorFormat(rawValue: type) else {
      throw LocalModelError.unsupported(
        path, "it has a tensor of the type \(type), which is none of \(TensorFormat.names)")
    }
    let (rows, overflows) = sizes.dropFirst().reduce((1, false)) { product, size in
      let (value, overflow) = product.0.multipliedReportingOverflow(by: size)
      return (value, product.1 || overflow)
    }
    guard !overflows, rows <= cursor.size, sizes[0] > 0, sizes[0] % format.blockCount == 0 else {
      throw LocalModelError.damaged(path, "it has a tensor of the sizes \(sizes)")
    }
    return TensorEntry(format: format, columns: sizes[0], rows: rows, offset: offset)
  }

  /// Adds the place where the tensors begin to their offsets.
  private func place(_ entries: [(name: String, entry: TensorEntry)]) throws(LocalModelError) {
    var alignment = 32
    if case .integer(let stated)? = values["general.alignment"], (1...65_536).contains(stated) { alignment = stated }
    let start = (cursor.position + alignment - 1) / alignment * alignment
    for (name, var entry) in entries {
      entry.offset += start
      let (bytes, overflows) = entry.rows.multipliedReportingOverflow(by: entry.format.bytes(ofColumns: entry.columns))
      guard !overflows, entry.offset <= cursor.size, bytes <= cursor.size - entry.offset else {
        throw LocalModelError.damaged(path, "it has \(cursor.size) bytes and lacks the end of its tensor \(name)")
      }
      tensors[name] = entry
    }
  }

  /// A tensor with this many numbers in each row, and as many rows.
  /// - Throws: if there is none, or one of other sizes.
  func tensor(_ name: String, columns: Int, rows: Int) throws(LocalModelError) -> StoredTensor {
    guard let entry = tensors[name] else { throw LocalModelError.damaged(path, "it has no tensor \(name)") }
    guard entry.columns == columns, entry.rows == rows else {
      throw LocalModelError.damaged(
        path, "its tensor \(name) is \(entry.rows) by \(entry.columns), and its header says \(rows) by \(columns)")
    }
    var bytes = [UInt8](repeating: 0, count: rows * entry.format.bytes(ofColumns: columns))
    var failure: LocalModelError?
    bytes.withUnsafeMutableBytes { target in
      do throws(LocalModelError) { try cursor.read(at: entry.offset, into: target) } catch { failure = error }
    }
    if let failure { throw failure }
    return StoredTensor(format: entry.format, columns: columns, rows: rows, bytes: bytes)
  }
}

extension ModelFile {
  /// A number of the header; nil if there is none.
  func integer(_ key: String) -> Int? {
    if case .integer(let value)? = values[key] { value } else { nil }
  }

  func real(_ key: String) -> Double? {
    if case .real(let value)? = values[key] { value } else { nil }
  }

  func text(_ key: String) -> String? {
    if case .text(let value)? = values[key] { value } else { nil }
  }

  func flag(_ key: String) -> Bool? {
    if case .flag(let value)? = values[key] { value } else { nil }
  }

  func texts(_ key: String) -> [String]? {
    if case .texts(let value)? = values[key] { value } else { nil }
  }

  func integers(_ key: String) -> [Int]? {
    if case .integers(let value)? = values[key] { value } else { nil }
  }
}
