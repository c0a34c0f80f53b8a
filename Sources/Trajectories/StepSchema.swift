import Tensor

/// One dimension of a step tensor. A run fixes the sizes (`UnrollShape`).
public enum StepDimension: Sendable, Hashable {
  /// T: the steps of an unroll.
  case steps
  /// T + 1: the steps of an unroll and the moment after the last one.
  case stepsAndEnd
  /// E: the environments of a group.
  case environments
  /// Bytes of an observation row.
  case rowBytes
  /// V: value heads of the policy network.
  case valueHeads
  /// S: floats of recurrent state; 0 for a network without memory.
  case stateSize
  /// A size that does not depend on the run.
  case fixed(Int)
}

/// Which element values a receiver accepts. A trajectory with any other value is refused before anything reads it.
public enum StepValues: Sendable, Hashable {
  /// Every bit pattern.
  case any
  /// Observation rows whose fields keep `ObservationRanges`.
  case observations
  /// Floats of at most `maximumMagnitude` in magnitude, not NaN.
  case bounded
  /// Logarithms of probabilities: from `-maximumMagnitude` to 0, but for rounding.
  case logProbabilities
  /// Logarithms of probability densities: at most `maximumMagnitude` in magnitude.
  case logDensities
  /// Integers from 0 up to the number of actions of their factor, exclusive.
  case actions
  /// `StepFlags` without unknown bits.
  case flags
  /// Ids of captions whose texts the sender has sent, or 0.
  case captions
  /// `TextSpan`, one row for each text: a question first, and nothing after the first place without a token.
  case spans
}

extension StepValues {
  /// Bound of rewards, values, recurrent states and observed floats. Finite is not enough: the square of 3.4e38 is
  /// infinite. With this bound the square of a return over 1e6 steps still is a Float32, and no game's score or
  /// critic's value comes near it in one step.
  public static let maximumMagnitude: Float = 1e6
  /// A softmax in Float32 can give a log-probability slightly above 0.
  static let maximumLogProbability: Float = 1e-3

  /// What is wrong with a float beyond `maximumMagnitude`.
  static func problem(_ value: Float) -> String {
    "is \(value); at most \(Int(maximumMagnitude)) in magnitude is allowed"
  }
}

/// The part of the system that fills a step tensor.
public enum StepWriter: Sendable, Hashable {
  /// The environment: what it showed and paid.
  case environment
  /// The behaviour policy: what it computed when it chose the actions.
  case policy
  /// The rollout worker: what it counted.
  case worker
}

/// A part of the system that reads a step tensor.
public enum StepReader: Sendable, Hashable {
  /// The update of the policy network (`ActorCritic`).
  case policyUpdate
  /// The computation of rewards (`IntrinsicReward`).
  case rewards
}

/// One tensor of every unroll, described as data: worker memory, messages, the learner's checks and the readers of an
/// unroll all follow from this description.
public struct StepTensor: Sendable, Hashable {
  /// The name in error texts, in lower camel case.
  public let name: String
  /// The number on the wire (`TensorName` in proto/tengu.proto). It never changes, and a removed number is not reused.
  public let number: UInt32
  public let type: ScalarType
  public let shape: [StepDimension]
  public let values: StepValues
  public let writer: StepWriter
  public let readers: Set<StepReader>
  /// Whether the writer fills only some elements; the others are 0, because the memory is cleared before each unroll.
  public let isSparse: Bool
}

/// An element type that a step tensor can have, and the wire's type for it.
public protocol StepElement: BitwiseCopyable, Sendable {
  static var scalarType: ScalarType { get }
}

extension UInt8: StepElement { public static var scalarType: ScalarType { .uint8 } }
extension Int32: StepElement { public static var scalarType: ScalarType { .int32 } }
extension UInt32: StepElement { public static var scalarType: ScalarType { .int32 } }
extension UInt16: StepElement { public static var scalarType: ScalarType { .int16 } }
extension Float: StepElement { public static var scalarType: ScalarType { .float32 } }

/// The typed key of a tensor that every run's unrolls carry.
public struct StepField<Element: StepElement>: Sendable {
  public let tensor: StepTensor

  public init(
    _ name: String, number: UInt32, _ shape: [StepDimension], values: StepValues = .any, from writer: StepWriter,
    for readers: Set<StepReader>, isSparse: Bool = false
  ) {
    tensor = StepTensor(
      name: name, number: number, type: Element.scalarType, shape: shape, values: values, writer: writer,
      readers: readers, isSparse: isSparse)
  }
}

/// The typed key of a tensor that only some runs' unrolls carry, such as a goal: reading it gives nil in the others.
/// Its number is at least `StepSchema.firstOptionalNumber`.
public struct OptionalStepField<Element: StepElement>: Sendable {
  public let tensor: StepTensor

  public init(
    _ name: String, number: UInt32, _ shape: [StepDimension], values: StepValues = .any, from writer: StepWriter,
    for readers: Set<StepReader>, isSparse: Bool = false
  ) {
    precondition(number >= StepSchema.firstOptionalNumber, "the number \(number) of \(name) is reserved")
    tensor = StepTensor(
      name: name, number: number, type: Element.scalarType, shape: shape, values: values, writer: writer,
      readers: readers, isSparse: isSparse)
  }
}

/// The tensors that a run's unrolls carry, in the order of their numbers, which is the order on the wire.
public struct StepSchema: Sendable, Hashable {
  /// Smaller numbers belong to the tensors of every run and to the parameters of a policy (11).
  public static let firstOptionalNumber: UInt32 = 12

  public let tensors: [StepTensor]

  /// - Precondition: no two tensors have the same number.
  init(_ tensors: [StepTensor]) {
    self.tensors = tensors.sorted { $0.number < $1.number }
    precondition(Set(tensors.map(\.number)).count == tensors.count, "two step tensors have the same number")
  }

  /// This schema with the tensors of optional fields added.
  /// - Precondition: no two tensors have the same number.
  public func adding(_ optional: [StepTensor]) -> StepSchema { StepSchema(tensors + optional) }

  /// The index of `tensor` in `tensors`, or nil if the run does not carry it.
  public func index(of tensor: StepTensor) -> Int? { tensors.firstIndex { $0.number == tensor.number } }
}
