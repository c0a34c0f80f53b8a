/// The safetensors format: eight bytes of header length, a JSON header, then the tensors' bytes without gaps.
///
/// The reader executes nothing and checks every number, so that it can only refuse a hostile file. Its rules are those
/// of the format's reference reader: no overlap, no gap, no bytes left over, no repeated name.
public enum SafeTensors {
  /// Longest header accepted, in bytes; the reference reader's limit.
  public static let maximumHeaderBytes = 100_000_000

  /// The content of a file.
  public struct Content: Sendable, Hashable {
    /// In the order of their bytes.
    public var tensors: [NamedTensor]
    public var metadata: [String: String]
  }

  /// The bytes of a file with these tensors. Wider elements come first, so that each tensor is aligned to its element.
  /// - Throws: `CheckpointError` naming the tensor whose name is reserved or repeated.
  public static func encode(
    _ tensors: [NamedTensor], metadata: [String: String] = [:]
  ) throws(CheckpointError) -> [UInt8] {
    var names: Set<String> = []
    for tensor in tensors {
      guard tensor.name != SafeTensorsHeader.metadataKey else {
        throw CheckpointError(tensor.name, "is a reserved tensor name")
      }
      guard names.insert(tensor.name).inserted else { throw CheckpointError(tensor.name, "two tensors have this name") }
    }
    let ordered = [8, 4, 2, 1].flatMap { width in tensors.filter { $0.type.byteCount == width } }
    let header = headerBytes(ordered, metadata)
    let total = 8 + header.count + ordered.reduce(0) { $0 + $1.bytes.count }
    return [UInt8](unsafeUninitializedCapacity: total) { buffer, initialised in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      raw.storeBytes(of: UInt64(clamping: header.count).littleEndian, as: UInt64.self)
      var offset = 8
      for part in [header] + ordered.map(\.bytes) {
        part.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: raw[offset...]).copyMemory(from: $0) }
        offset += part.count
      }
      initialised = total
    }
  }

  /// Reads a file's bytes.
  /// - Throws: `CheckpointError` that names `file` and the problem.
  public static func decode(_ bytes: [UInt8], file: String) throws(CheckpointError) -> Content {
    guard bytes.count >= 8 else { throw CheckpointError(file, "\(bytes.count) bytes are too few for a header length") }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.load(as: UInt64.self)) }
    guard length <= maximumHeaderBytes else {
      throw CheckpointError(file, "header of \(length) bytes is longer than \(maximumHeaderBytes)")
    }
    let dataStart = 8 + Int(clamping: length)
    guard dataStart <= bytes.count else {
      throw CheckpointError(file, "header of \(length) bytes in a file of \(bytes.count)")
    }
    var parser = SafeTensorsHeaderParser(bytes[8..<dataStart])
    let header: SafeTensorsHeader
    do {
      header = try parser.parse()
    } catch {
      throw CheckpointError(file, "header: \(error)")
    }
    let entries = header.entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
    try checkLayout(entries, dataCount: bytes.count - dataStart, file: file)
    let tensors = bytes.withUnsafeBytes { raw in
      entries.map { entry in
        let bytes = Array(raw[(dataStart + entry.begin)..<(dataStart + entry.end)])
        return NamedTensor(name: entry.name, type: entry.type, shape: entry.shape, bytes: bytes)
      }
    }
    return Content(tensors: tensors, metadata: header.metadata)
  }

  /// Checks that entries, sorted by offset, cover the data without overlap or gap and have their shapes' sizes.
  private static func checkLayout(
    _ entries: [SafeTensorsHeader.Entry], dataCount: Int, file: String
  ) throws(CheckpointError) {
    var next = 0
    for entry in entries {
      guard let size = entry.byteCount else {
        throw CheckpointError(file, "tensor \"\(entry.name)\": shape \(entry.shape) overflows")
      }
      guard entry.begin == next, entry.end >= entry.begin, entry.end <= dataCount else {
        throw CheckpointError(
          file,
          "tensor \"\(entry.name)\": offsets \(entry.begin), \(entry.end) do not follow \(next) within \(dataCount)")
      }
      guard entry.end - entry.begin == size else {
        throw CheckpointError(
          file, "tensor \"\(entry.name)\": \(entry.end - entry.begin) bytes for shape \(entry.shape)")
      }
      next = entry.end
    }
    guard next == dataCount else { throw CheckpointError(file, "\(dataCount - next) bytes belong to no tensor") }
  }

  private static func headerBytes(_ tensors: [NamedTensor], _ metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\(quoted(SafeTensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + tensor.bytes.count
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    // The format allows spaces at the end; they align the data to eight bytes.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return header
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
