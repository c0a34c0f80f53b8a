import ActorCritic
import Glibc
import Sessions
import Tensor
import Testing
import Trajectories
import Transport
import Wire

@testable import Learner
@testable import Worker

/// Corridor: 2 actions; T = 4, E = 2, V = 2, S = 8.
struct TrajectoryIntakeTests {
  private let source: TrajectorySource

  init() throws { source = try TrajectorySource() }

  @Test func makesAnUnrollOfTheFramesWithoutCopyingThem() throws {
    var buffer = try source.buffer(version: 3)
    while (0..<8).allSatisfy({ buffer.captions[$0] == 0 }) { buffer = try source.buffer(version: 3) }
    let frames = buffer.tensorFrames()
    let unroll = try source.intake.unroll(source.header(buffer), frames, globalCaptions: source.globalCaptions)
    #expect(unroll.unrollLength == 4 && unroll.environmentCount == 2 && unroll.policyVersion == 3)
    #expect(UnsafeRawPointer(unroll[Step.observations]) == UnsafeRawPointer(buffer.observations))
    #expect(unroll[Step.actions] == UnsafePointer(buffer.actions))
    #expect(unroll[Step.rewards] == UnsafePointer(buffer.rewards))
    #expect(unroll[Step.flags] == UnsafePointer(buffer.flags))
    #expect(unroll[Step.logProbabilities] == UnsafePointer(buffer.logProbabilities))
    #expect(unroll[Step.values] == UnsafePointer(buffer.values))
    #expect(unroll[Step.truncationValues] == UnsafePointer(buffer.truncationValues))
    #expect(unroll[Step.initialState] == UnsafePointer(buffer.initialState))
    #expect(unroll[Step.captionCounts] == UnsafePointer(buffer.captionCounts))
    for index in 0..<8 {
      #expect(unroll[Step.captions][index] == (buffer.captions[index] == 0 ? 0 : buffer.captions[index] + 100))
    }
  }

  @Test func readsWhatIsCompressedIntoMemoryOfItsOwn() throws {
    let buffer = try source.buffer(version: 3)
    let compressor = TensorCompressor()
    let frames = buffer.tensorFrames().map(compressor.compress)
    #expect(frames.contains { $0.encoding == .zstandard } && frames.contains { $0.encoding == .plain })
    let unroll = try source.intake.unroll(source.header(buffer), frames, globalCaptions: source.globalCaptions)
    let rowBytes = buffer.shape.rowByteCount
    #expect(UInt(bitPattern: unroll[Step.observations]) % 8 == 0)
    #expect(memcmp(unroll[Step.observations], buffer.observations, 5 * 2 * rowBytes) == 0)
    #expect(memcmp(unroll[Step.actions], buffer.actions, 8 * 4) == 0)
    #expect(memcmp(unroll[Step.truncationValues], buffer.truncationValues, 8 * 2 * 4) == 0)
    #expect(memcmp(unroll[Step.initialState], buffer.initialState, 2 * buffer.shape.stateSize * 4) == 0)
    withExtendedLifetime((unroll, buffer)) {}
  }

  @Test func refusesAndNamesWhatCannotBeRead() throws {
    let buffer = try source.buffer()
    let compressor = TensorCompressor()
    var frames = buffer.tensorFrames().map(compressor.compress)
    var bytes = frames[0].frame.copiedBytes()
    bytes.removeLast()
    frames[0] = TensorFrame(
      TensorName(Step.observations.tensor), .uint8, frames[0].shape, Frame(bytes: bytes), encoding: .zstandard)
    let error = try #require(throws: IntakeError.self) {
      try source.intake.unroll(source.header(buffer), frames, globalCaptions: source.globalCaptions)
    }
    #expect(error.description == "observations: the compressed content cannot be read")
  }

  /// One element that must not be trained on.
  enum Defect: String, CaseIterable {
    case negativeAction, actionBeyondTheLast, rewardNotANumber, rewardInfinite, rewardTooLarge, unknownFlag
    case probabilityAboveOne, logProbabilityInfinite, logProbabilityTooSmall, unknownCaption, valueNotANumber
    case truncationValueTooLarge, stateTooLarge, positionBeyondTheCorridor

    func apply(to buffer: TrajectoryBuffer, captions: Int) {
      switch self {
      case .negativeAction: buffer.actions[7] = -1
      case .actionBeyondTheLast: buffer.actions[0] = 2
      case .rewardNotANumber: buffer.rewards[7] = .nan
      case .rewardInfinite: buffer.rewards[3] = -.infinity
      case .rewardTooLarge: buffer.rewards[3] = -1.5e6
      case .unknownFlag: buffer.flags[5] = 16
      case .probabilityAboveOne: buffer.logProbabilities[6] = 0.1
      case .logProbabilityInfinite: buffer.logProbabilities[7] = -.infinity
      case .logProbabilityTooSmall: buffer.logProbabilities[7] = -3e38
      case .unknownCaption: buffer.captions[7] = UInt32(captions)
      case .valueNotANumber: buffer.values[14] = .nan
      case .truncationValueTooLarge: buffer.truncationValues[15] = 3.4e38
      case .stateTooLarge: buffer.initialState[15] = -3.4e38
      case .positionBeyondTheCorridor:
        (buffer.observations + 3 * buffer.shape.rowByteCount).storeBytes(of: 200, as: UInt8.self)
      }
    }

    func text(captions: Int) -> String {
      let magnitude = "at most 1000000 in magnitude is allowed"
      let logarithm = "a logarithm of a probability is from -1000000 to 0"
      return switch self {
      case .negativeAction: "actions[3, 1] is -1; it must be from 0 to 1"
      case .actionBeyondTheLast: "actions[0, 0] is 2; it must be from 0 to 1"
      case .rewardNotANumber: "rewards[3, 1] is nan; \(magnitude)"
      case .rewardInfinite: "rewards[1, 1] is -inf; \(magnitude)"
      case .rewardTooLarge: "rewards[1, 1] is -1500000.0; \(magnitude)"
      case .unknownFlag: "flags[2, 1] is 16, which has an unknown bit"
      case .probabilityAboveOne: "logProbabilities[3, 0] is 0.1; \(logarithm)"
      case .logProbabilityInfinite: "logProbabilities[3, 1] is -inf; \(logarithm)"
      case .logProbabilityTooSmall: "logProbabilities[3, 1] is -3e+38; \(logarithm)"
      case .unknownCaption: "captions[3, 1] is \(captions); it must be from 0 to \(captions - 1)"
      case .valueNotANumber: "values[3, 1, 0] is nan; \(magnitude)"
      case .truncationValueTooLarge: "truncationValues[3, 1, 1] is 3.4e+38; \(magnitude)"
      case .stateTooLarge: "initialState[1, 7] is -3.4e+38; \(magnitude)"
      case .positionBeyondTheCorridor: "observations[1, 1].position is 200; it must be from 0 to "
      }
    }
  }

  @Test(arguments: Defect.allCases)
  func refusesAndNamesABadElement(_ defect: Defect) throws {
    let buffer = try source.buffer()
    let captions = source.globalCaptions
    defect.apply(to: buffer, captions: captions.count)
    let error = try #require(throws: IntakeError.self) {
      try source.intake.unroll(source.header(buffer), buffer.tensorFrames(), globalCaptions: captions)
    }
    #expect(error.description.hasPrefix(defect.text(captions: captions.count)), "\(error)")
  }

  @Test(arguments: StepSchema.standard.tensors.map(TensorName.init))
  func refusesAndNamesAMissingTensorAndAnotherShape(_ name: TensorName) throws {
    let buffer = try source.buffer()
    let frames = buffer.tensorFrames()
    let place = try #require(frames.firstIndex { $0.name == name })

    var without = frames
    without.remove(at: place)
    let missing = try #require(throws: IntakeError.self) {
      try source.intake.unroll(source.header(buffer), without, globalCaptions: source.globalCaptions)
    }
    #expect(missing.description == "the tensor \(name) is missing")

    var reshaped = frames
    let tensor = frames[place]
    let shape = [tensor.shape[0] + 1] + tensor.shape.dropFirst()
    reshaped[place] = TensorFrame(name, tensor.type, shape, tensor.frame)
    let wrong = try #require(throws: IntakeError.self) {
      try source.intake.unroll(source.header(buffer), reshaped, globalCaptions: source.globalCaptions)
    }
    #expect(wrong.description == "the tensor \(name) has shape \(shape); this run needs \(tensor.shape)")
  }

  /// The frames belong to libzmq; the unroll must keep them alive, and release them at its end.
  @Test func keepsTheFramesAlive() throws {
    var unroll: Unroll?
    let address: UnsafeMutablePointer<Int32>
    do {
      let buffer = try source.buffer()
      address = buffer.actions
      unroll = try source.unroll(buffer)
    }
    for _ in 0..<3 { #expect(try source.buffer().actions != address) }
    #expect(unroll?.frameCount == 8)
    unroll = nil
    #expect(try source.buffer().actions == address)
  }
}
