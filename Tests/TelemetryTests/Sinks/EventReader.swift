import Foundation

@testable import Telemetry

/// A slow, plain reader of event files, which checks both checksums of each record.
struct EventReader {
  struct Failure: Error { let text: String }

  /// One field of a message: its number, and an integer or bytes.
  enum Field {
    case integer(Int, UInt64)
    case bytes(Int, [UInt8])
  }

  /// The messages of a file's records.
  static func records(of path: String) throws -> [[UInt8]] {
    var rest = [UInt8](try Data(contentsOf: URL(filePath: path)))[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let header = Array(rest.prefix(8))
      let length = Int(little(header))
      guard rest.count >= 16 + length else { throw Failure(text: "a torn record") }
      let start = rest.startIndex + 12
      let message = Array(rest[start..<start + length])
      guard little(Array(rest[(start - 4)..<start])) == UInt64(CRC32C.masked(header)),
        little(Array(rest[(start + length)..<(start + length + 4)])) == UInt64(CRC32C.masked(message))
      else { throw Failure(text: "a wrong checksum") }
      records.append(message)
      rest = rest[(start + length + 4)...]
    }
    return records
  }

  /// The fields of a message in their order.
  static func fields(_ message: [UInt8]) throws -> [Field] {
    var rest = message[...]
    func varint() throws -> UInt64 {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while let byte = rest.popFirst() {
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
      throw Failure(text: "a torn number")
    }
    var fields: [Field] = []
    while !rest.isEmpty {
      let tag = try varint()
      let number = Int(tag >> 3)
      switch tag & 7 {
      case 0: fields.append(.integer(number, try varint()))
      case 1, 5:
        let width = tag & 7 == 1 ? 8 : 4
        fields.append(.integer(number, little(Array(rest.prefix(width)))))
        rest = rest.dropFirst(width)
      case 2:
        let count = Int(try varint())
        fields.append(.bytes(number, Array(rest.prefix(count))))
        rest = rest.dropFirst(count)
      default: throw Failure(text: "wire type \(tag & 7)")
      }
    }
    return fields
  }

  /// The bytes of the fields with a number.
  static func parts(_ message: [UInt8], _ number: Int) throws -> [[UInt8]] {
    try fields(message).compactMap { if case .bytes(number, let bytes) = $0 { bytes } else { nil } }
  }

  static func integer(_ message: [UInt8], _ number: Int) throws -> UInt64? {
    try fields(message).compactMap { if case .integer(number, let value) = $0 { value } else { nil } }.first
  }

  static func little(_ bytes: [UInt8]) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
