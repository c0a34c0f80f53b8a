import Tensor

/// What a receiver requires of the elements of an unroll that another process wrote. An unroll that passes can be trained
/// on without a check in the loops that read it.
public struct UnrollRanges: Sendable, Hashable {
  private let shape: UnrollShape
  private let actions: ActionSpace
  private let observations: ObservationRanges

  /// - Parameters:
  ///   - shape: sizes of the run's unrolls.
  ///   - observation: layout of a row.
  ///   - actions: what the agent chooses in the run's task.
  public init(_ shape: UnrollShape, observation: ObservationLayout, actions: ActionSpace) {
    self.shape = shape
    self.actions = actions
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
    case .bounded, .logDensities:
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
    case .actions: return firstWrongAction(tensor, start, count)
    case .captions: return outside(tensor, start, UInt32.self, upTo: captionCount - 1, count)
    case .spans: return firstWrongSpan(tensor, start.assumingMemoryBound(to: UInt8.self), count)
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

  private func firstWrongAction(_ tensor: StepTensor, _ start: UnsafeRawPointer, _ count: Int) -> String? {
    let counts = actions.counts
    guard counts.count > 1 else { return outside(tensor, start, Int32.self, upTo: (counts.first ?? 1) - 1, count) }
    let choices = start.assumingMemoryBound(to: Int32.self)
    for index in 0..<count {
      let size = counts[index % counts.count]
      // Read as an unsigned number, a negative choice is too large.
      guard UInt32(bitPattern: choices[index]) >= UInt32(clamping: size) else { continue }
      return "\(place(index, of: tensor)) is \(choices[index]); it must be from 0 to \(size - 1)"
    }
    return nil
  }

  private func firstWrongSpan(_ tensor: StepTensor, _ spans: UnsafePointer<UInt8>, _ count: Int) -> String? {
    let length = shape.dimensions(of: tensor).last ?? 1
    for index in 0..<count {
      guard let span = TextSpan(rawValue: spans[index]) else {
        return "\(place(index, of: tensor)) is \(spans[index]); it must be from 0 to \(TextSpan.allCases.count - 1)"
      }
      if index % length == 0 {
        if span != .question { return "\(place(index, of: tensor)) is \(spans[index]); a text begins with a question" }
      } else if span != .none, spans[index - 1] == TextSpan.none.rawValue {
        return "\(place(index, of: tensor)) is \(spans[index]) after the end of its text"
      }
    }
    return nil
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
