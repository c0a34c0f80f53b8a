import Checkpoints
import Foundation
import NeuralNetwork
import Tensor

/// What a checkpoint holds of an algorithm: named arrays, and texts for the rest.
struct CheckpointContents {
  /// A buffer whose slices become the tensors `prefix + name`.
  struct Arrays {
    let prefix: String
    let layout: ParameterLayout
    let buffer: FloatBuffer
  }

  var arrays: [Arrays] = []
  var texts: [String: String] = [:]

  /// Stores `value` as JSON with sorted keys.
  mutating func encode(_ value: some Encodable, as key: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    texts[key] = String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Views of the arrays; valid while `self` lives.
  var tensors: [NamedTensor] {
    arrays.flatMap { part in
      part.layout.slices.map { slice in
        NamedTensor(
          part.prefix + slice.name, shape: slice.shape,
          UnsafeBufferPointer(start: UnsafePointer(part.buffer.pointer + slice.offset), count: slice.count))
      }
    }
  }
}

extension Checkpoint {
  /// Reads a value that `CheckpointContents.encode` stored.
  /// - Throws: `CheckpointError` naming the checkpoint and the key.
  func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(try text(key).utf8))
    } catch let error as DecodingError {
      throw CheckpointError(path, "its \"\(key)\" cannot be read: \(error)")
    }
  }

  /// Copies the tensors of `arrays` into its buffer.
  /// - Throws: `CheckpointError` naming the tensor that is missing or has another shape, for instance another
  ///   network's.
  func fill(_ arrays: CheckpointContents.Arrays) throws {
    for slice in arrays.layout.slices {
      let tensor = try tensor(arrays.prefix + slice.name)
      guard tensor.shape == slice.shape else {
        throw CheckpointError(path, "\(tensor.name) has shape \(tensor.shape); this run's network needs \(slice.shape)")
      }
      try tensor.copy(into: UnsafeMutableBufferPointer(start: arrays.buffer.pointer + slice.offset, count: slice.count))
    }
  }
}
