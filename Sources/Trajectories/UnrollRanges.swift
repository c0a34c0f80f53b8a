import Tensor

/// What a receiver requires of the elements of an unroll that another process wrote. An unroll that passes can be trained
/// on without a check in the loops that read it.
public struct UnrollRanges: Sendable, Hashable {
  private let shape: UnrollShape
  private let actionCount: Int
  private let observations: ObservationRanges

  /// - Parameters:
  ///   - shape: sizes of the run's unrolls.
  ///   - observation: layout of a row.
  ///   - actionCount: actions of the run's task, at least 1.
  public init(_ shape: UnrollShape, observation: ObservationLayout, actionCount: Int) {
    self.shape = shape
    self.actionCount = actionCount
    observations = ObservationRanges(observation)
  }

  /// The first element of a tensor that must not be trained on, and what is wrong with it; nil if there is none.
  /// - Parameters:
  ///   - start: all elements of the tensor, aligned to 8.
  ///   - captionCount: ids below it are known.
  /// - Returns: a text such as "rewards[3, 1] is nan; at most 1000000 in magnitude is allowed".
  public func firstBreach(_ tensor: StepTensor, _ start: UnsafeRawPointer, captionCount: Int) -> String? {
    let count = shape.elementCount(of: tensor)
    switch tensor.values {
    case .any: return nil
    case .observations:
      guard let breach = observations.firstBreach(start, rowCount: count / max(1, shape.rowByteCount)) else {
        return nil
      }
      let (step, environment) = breach.row.quotientAndRemainder(dividingBy: shape.environmentCount)
      return "\(tensor.name)[\(step), \(environment)].\(breach.element) \(breach.problem)"
    case .bounded:
      let floats = start.assumingMemoryBound(to: Float.self)
      return ElementRange.firstBeyond(StepValues.maximumMagnitude, floats, count: count).map {
        "\(place($0, of: tensor)) \(StepValues.problem(floats[$0]))"
      }
    case .logProbabilities:
      let floats = start.assumingMemoryBound(to: Float.self)
      let index =
        ElementRange.firstBeyond(StepValues.maximumMagnitude, floats, count: count)
        ?? (0..<count).first { floats[$0] > StepValues.maximumLogProbability }
      return index.map {
        "\(place($0, of: tensor)) is \(floats[$0]); a logarithm of a probability is from "
          + "-\(Int(StepValues.maximumMagnitude)) to 0"
      }
    case .actions: return outside(tensor, start, Int32.self, upTo: actionCount - 1, count)
    case .captions: return outside(tensor, start, UInt32.self, upTo: captionCount - 1, count)
    case .flags:
      let flags = start.assumingMemoryBound(to: UInt8.self)
      var union: UInt8 = 0
      for index in 0..<count { union |= flags[index] }
      guard !StepFlags(rawValue: union).isSubset(of: .known) else { return nil }
      return (0..<count).first { !StepFlags(rawValue: flags[$0]).isSubset(of: .known) }.map {
        "\(place($0, of: tensor)) is \(flags[$0]), which has an unknown bit"
      }
    }
  }

  private func outside<Element: FixedWidthInteger & BitwiseCopyable>(
    _ tensor: StepTensor, _ start: UnsafeRawPointer, _ type: Element.Type, upTo maximum: Int, _ count: Int
  ) -> String? {
    let elements = start.assumingMemoryBound(to: type)
    return ElementRange.firstOutside(upTo: Element(clamping: maximum), elements, count: count).map {
      "\(place($0, of: tensor)) is \(elements[$0]); it must be from 0 to \(maximum)"
    }
  }

  /// The tensor's name with the indices of an element, such as "rewards[3, 1]".
  private func place(_ index: Int, of tensor: StepTensor) -> String {
    var rest = index
    var indices: [Int] = []
    for size in shape.dimensions(of: tensor).reversed() {
      indices.append(rest % max(1, size))
      rest /= max(1, size)
    }
    return "\(tensor.name)[\(indices.reversed().map(String.init).joined(separator: ", "))]"
  }
}
