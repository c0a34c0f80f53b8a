import Foundation

@testable import Export

/// A slow, plain reader of encoded ONNX models and an interpreter of a few operators, as an oracle for what the export
/// writes. scripts/export-check.sh compares whole policies in onnxruntime.
struct ONNXReader {
  struct Failure: Error { let text: String }

  struct Node {
    let operation: String
    let inputs: [String]
    let outputs: [String]
  }

  struct Tensor: Equatable {
    let shape: [Int]
    let type: Int
    let bytes: [UInt8]

    var floats: [Float] {
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
    }
  }

  let nodes: [Node]
  let constants: [String: Tensor]
  let inputs: [String]
  let outputs: [String]
  let operatorSet: UInt64

  init(model: [UInt8]) throws {
    let model = try Self.fields(model)
    operatorSet = try Self.fields(Self.parts(model, 8)[0]).compactMap { $0.number == 2 ? $0.value : nil }[0]
    let graph = try Self.fields(Self.parts(model, 7)[0])
    nodes = try Self.parts(graph, 1).map { bytes in
      let node = try Self.fields(bytes)
      return Node(operation: Self.texts(node, 4)[0], inputs: Self.texts(node, 1), outputs: Self.texts(node, 2))
    }
    var constants: [String: Tensor] = [:]
    for bytes in Self.parts(graph, 5) {
      let tensor = try Self.fields(bytes)
      constants[Self.texts(tensor, 8)[0]] = Tensor(
        shape: tensor.filter { $0.number == 1 }.map { Int($0.value) },
        type: Int(tensor.first { $0.number == 2 }?.value ?? 0), bytes: Self.parts(tensor, 9)[0])
    }
    self.constants = constants
    inputs = try Self.parts(graph, 11).map { Self.texts(try Self.fields($0), 1)[0] }
    outputs = try Self.parts(graph, 12).map { Self.texts(try Self.fields($0), 1)[0] }
  }

  struct Field {
    let number: Int
    var value: UInt64 = 0
    var bytes: [UInt8] = []
  }

  static func parts(_ fields: [Field], _ number: Int) -> [[UInt8]] {
    fields.filter { $0.number == number }.map(\.bytes)
  }
  static func texts(_ fields: [Field], _ number: Int) -> [String] {
    parts(fields, number).map { String(decoding: $0, as: UTF8.self) }
  }

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
      switch tag & 7 {
      case 0: fields.append(Field(number: Int(tag >> 3), value: try varint()))
      case 2:
        let count = Int(try varint())
        fields.append(Field(number: Int(tag >> 3), bytes: Array(rest.prefix(count))))
        rest = rest.dropFirst(count)
      case 5:
        fields.append(Field(number: Int(tag >> 3), bytes: Array(rest.prefix(4))))
        rest = rest.dropFirst(4)
      default: throw Failure(text: "wire type \(tag & 7)")
      }
    }
    return fields
  }
}
