import Foundation
import NeuralNetwork
import Tensor

/// The part of a reward model that a checkpoint saves: named arrays, and `progress` for everything else. Its buffers no longer
/// change.
public protocol RewardModelState: Sendable {
  associatedtype Progress: Sendable, Hashable, Codable

  /// Values of the `method` in a saved `progress` by which states of this type are recognised. No two types share one.
  static var methods: [String] { get }
  /// The part that is not arrays; the shapes of the arrays follow from it. It encodes a `method`.
  var progress: Progress { get }
  /// The arrays.
  var parts: [RewardModelPart] { get }

  /// A state whose arrays are to be filled in.
  init(_ progress: Progress)
}

extension RewardModelState {
  /// `progress` as JSON, for a checkpoint's metadata.
  public var savedText: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(progress), as: UTF8.self)
    }
  }

  /// A state whose arrays are to be filled in; nil if `text` is the progress of another type of state.
  /// - Throws: `DecodingError` if the text cannot be read.
  init?(savedAs text: String) throws {
    let json = Data(text.utf8)
    guard Self.methods.contains(try JSONDecoder().decode(SavedMethod.self, from: json).method) else { return nil }
    self.init(try JSONDecoder().decode(Progress.self, from: json))
  }
}

/// The part of a saved `progress` that tells the type of state.
private struct SavedMethod: Decodable {
  var method: String
}

/// Arrays of a saved reward model, and the prefix of their names in a checkpoint.
public struct RewardModelPart: Sendable {
  public let prefix: String
  public let layout: ParameterLayout
  public let buffer: FloatBuffer

  init(_ prefix: String, _ layout: ParameterLayout, _ buffer: FloatBuffer) {
    self.prefix = prefix
    self.layout = layout
    self.buffer = buffer
  }
}
