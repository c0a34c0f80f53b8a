import NeuralNetwork
import Tensor

/// What of a reward model must survive a restart: named arrays, and what is not arrays. Buffers are not changed any more.
public protocol RewardModelState: Sendable {
  associatedtype Progress: Sendable, Hashable, Codable

  /// The part that is not arrays; room for the arrays follows from it. Its `method` says whose it is, and no two kinds of
  /// model have one in common.
  var progress: Progress { get }
  /// The arrays.
  var parts: [RewardModelPart] { get }

  /// Room for a state whose arrays are to be filled in.
  init(_ progress: Progress)
}

/// Some arrays of a saved reward model, and what stands before their names in a checkpoint.
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
