import Tensor
import Trajectories
import Transport
import Wire

/// Why a trajectory was refused; its sender loses the connection.
package struct IntakeError: Error, CustomStringConvertible {
  package let description: String
}

/// Checks a trajectory against the run's sizes and ranges and makes an unroll of it. Plain tensors are not copied; compressed ones are
/// decompressed into the memory that training reads.
///
/// Used by one thread at a time.
package struct TrajectoryIntake {
  private let shape: UnrollShape
  private let ranges: UnrollRanges
  private let decompressor = TensorDecompressor()
  private let limits: WireLimits

  /// - Parameters:
  ///   - observation: layout of the run's observations.
  ///   - actions: what the agent chooses in the run's task.
  package init(shape: UnrollShape, observation: ObservationLayout, actions: ActionSpace, limits: WireLimits) {
    self.shape = shape
    ranges = UnrollRanges(shape, observation: observation, actions: actions)
    self.limits = limits
  }

  /// The tensors of a trajectory that may be trained on.
  package struct Checked {
    /// In the order of the schema, decompressed.
    fileprivate var memory: [TensorFrame] = []
  }

  /// Checks the tensors of a received trajectory. Nothing of a trajectory may be kept before.
  /// - Parameter captionCount: captions that the sender has named, with "no caption" and those of this trajectory.
  package func checked(_ tensors: [TensorFrame], captionCount: Int) throws(IntakeError) -> Checked {
    var checked = Checked()
    for rule in shape.schema.tensors {
      // The shape is checked before the tensor is decompressed, so no tensor takes more memory than this run's do.
      let tensor = try plain(tensor(tensors, rule))
      if let breach = ranges.firstBreach(rule, tensor.start, captionCount: captionCount) {
        throw IntakeError(description: breach)
      }
      checked.memory.append(tensor)
    }
    return checked
  }

  /// The unroll of a trajectory whose tensors were checked.
  /// - Parameter globalCaptions: the global id of each of the sender's captions, as many as `checked` was told of.
  package func unroll(_ header: Trajectory, _ checked: Checked, globalCaptions: [UInt32]) -> Unroll {
    var starts = checked.memory.map(\.start)
    let count = shape.elementCount(of: Step.captions.tensor)
    let owner = UnrollMemory(tensors: checked.memory, captionCount: count)
    if let index = shape.schema.index(of: Step.captions.tensor) {
      let local = starts[index].assumingMemoryBound(to: UInt32.self)
      for step in 0..<count { owner.captions[step] = globalCaptions[Int(local[step])] }
      starts[index] = UnsafeRawPointer(owner.captions)
    }
    return Unroll(
      owner: owner, shape: shape, policyVersion: header.policyVersion, lastPolicyVersion: header.lastPolicyVersion,
      starts: starts)
  }

  /// The tensors of a checked trajectory for another receiver, which has other numbers for the captions. All other tensors are
  /// passed on as they arrived, compressed ones too.
  /// - Parameter numbers: the receiver's number of each of the sender's captions, as many as `checked` was told of.
  package func renumbered(_ tensors: [TensorFrame], _ checked: Checked, _ numbers: [UInt32]) -> [TensorFrame] {
    guard let index = shape.schema.index(of: Step.captions.tensor) else { return tensors }
    let plain = checked.memory[index]
    let local = plain.pointer(as: UInt32.self)
    var tensors = tensors
    tensors[index] = TensorFrame(
      plain.name, plain.type, plain.shape,
      Frame(count: plain.byteCount) { bytes in
        let renumbered = bytes.bindMemory(to: UInt32.self)
        for step in renumbered.indices { renumbered[step] = numbers[Int(local[step])] }
      })
    return withExtendedLifetime(plain) { tensors }
  }

  /// The received tensor that `rule` describes.
  private func tensor(_ tensors: [TensorFrame], _ rule: StepTensor) throws(IntakeError) -> TensorFrame {
    guard let tensor = tensors.first(where: { $0.name.number == rule.number }) else {
      throw IntakeError(description: "the tensor \(rule.name) is missing")
    }
    let expected = shape.dimensions(of: rule)
    guard tensor.shape == expected else {
      throw IntakeError(description: "the tensor \(rule.name) has shape \(tensor.shape); this run needs \(expected)")
    }
    guard tensor.type == rule.type else {
      throw IntakeError(description: "the tensor \(rule.name) has type \(tensor.type); this run needs \(rule.type)")
    }
    return tensor
  }

  /// The tensor as the train step reads it. The caller has checked its shape.
  private func plain(_ tensor: TensorFrame) throws(IntakeError) -> TensorFrame {
    do throws(WireError) {
      return try decompressor.plain(tensor, limits: limits)
    } catch {
      throw IntakeError(description: "\(error)")
    }
  }
}

/// Keeps a trajectory's frames alive, and holds its captions in the learner's numbering.
private final class UnrollMemory {
  private let tensors: [TensorFrame]
  package let captions: UnsafeMutablePointer<UInt32>

  package init(tensors: [TensorFrame], captionCount: Int) {
    self.tensors = tensors
    captions = .allocate(capacity: captionCount)
  }

  deinit { captions.deallocate() }
}
