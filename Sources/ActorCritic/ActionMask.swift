import Tensor
import Trajectories

/// The legal actions of each observation, which the environment writes into a field with the encoding `actionMask` or
/// `structuredMask`.
///
/// An illegal action gets the logit minus infinity, so that it has probability zero, no part in the entropy and no gradient.
/// Actor and learner read the same observation, so both have the same distribution. If the environment allows no action of a
/// factor, all of them count as legal: a distribution needs one.
struct ActionMask: Sendable {
  private let byteOffset: Int
  /// Actions of each factor.
  private let counts: [Int]

  /// nil if the layout has no mask.
  /// - Throws: `PolicyNetworkError` if the field does not have one byte for each action of `space`.
  init?(_ observation: ObservationLayout, _ space: ActionSpace) throws {
    guard let index = observation.fields.firstIndex(where: { $0.encoding.isMask }) else { return nil }
    let field = observation.fields[index]
    guard !space.isContinuous else { throw PolicyNetworkError("\(field.name): a continuous space has no action mask") }
    guard field.type == .uint8, field.elementCount == space.parameterCount else {
      throw PolicyNetworkError(
        "\(field.name): an action mask has one uint8 for each of \(space.parameterCount) actions, not "
          + "\(field.elementCount) of \(field.type)")
    }
    byteOffset = observation.offsets[index]
    counts = space.counts
  }

  /// Masks logits [count, P].
  func apply(_ rows: UnsafePointer<UnsafeRawPointer>, count: Int, to logits: UnsafeMutablePointer<Float>) {
    var row = logits
    for index in 0..<count {
      var legal = (rows[index] + byteOffset).assumingMemoryBound(to: UInt8.self)
      for size in counts {
        if (0..<size).contains(where: { legal[$0] != 0 }) {
          for action in 0..<size where legal[action] == 0 { row[action] = -.infinity }
        }
        legal += size
        row += size
      }
    }
  }
}
