import Tensor

/// The sizes that all unrolls of a run share, and what each of their steps carries.
public struct UnrollShape: Sendable, Hashable {
  /// T: the steps of an unroll.
  public let unrollLength: Int
  /// E: the environments of a group.
  public let environmentCount: Int
  /// Bytes of an observation row.
  public let rowByteCount: Int
  /// S: floats of recurrent state that an environment carries.
  public let stateSize: Int
  /// V: value heads of the policy network.
  public let valueHeads: Int
  public let schema: StepSchema

  public init(
    unrollLength: Int, environmentCount: Int, rowByteCount: Int, stateSize: Int, valueHeads: Int,
    schema: StepSchema = .standard
  ) {
    self.unrollLength = unrollLength
    self.environmentCount = environmentCount
    self.rowByteCount = rowByteCount
    self.stateSize = stateSize
    self.valueHeads = valueHeads
    self.schema = schema
  }

  /// Environment steps in an unroll, T x E.
  public var frameCount: Int { unrollLength * environmentCount }

  /// A: elements of an action.
  public var actionElementCount: Int {
    schema.index(of: Step.actions.tensor).map { elementCount(of: schema.tensors[$0]) / max(1, frameCount) } ?? 1
  }

  /// The size of each dimension of `tensor`.
  public func dimensions(of tensor: StepTensor) -> [Int] {
    tensor.shape.map { dimension in
      switch dimension {
      case .steps: unrollLength
      case .stepsAndEnd: unrollLength + 1
      case .environments: environmentCount
      case .rowBytes: rowByteCount
      case .valueHeads: valueHeads
      case .stateSize: stateSize
      case .fixed(let size): size
      }
    }
  }

  public func elementCount(of tensor: StepTensor) -> Int { dimensions(of: tensor).reduce(1, *) }

  public func byteCount(of tensor: StepTensor) -> Int { elementCount(of: tensor) * tensor.type.byteCount }

  /// Where the tensors of the schema lie in the memory of an unroll, and in the frame that carries it.
  public var layout: PackedLayout { PackedLayout(schema.tensors.map(byteCount)) }
}

/// One unroll of a group of environments: the unit of training data.
///
/// The pointers lead into memory that `owner` keeps alive and that is no longer written; that rule makes the unroll
/// `Sendable`. Readers take the pointers they need once an unroll, before their loops.
public struct Unroll: @unchecked Sendable {
  /// Keeps the memory of every pointer alive.
  public let owner: AnyObject
  public let shape: UnrollShape
  /// Version of the behaviour policy at the unroll's first step.
  public let policyVersion: UInt64
  /// Version of the behaviour policy at the unroll's last step. A worker may change to a newer policy in between.
  public let lastPolicyVersion: UInt64
  /// The start of each tensor of the schema.
  private let starts: [UnsafeRawPointer]

  /// - Parameters:
  ///   - lastPolicyVersion: nil if one policy acted in all steps.
  ///   - starts: the start of each tensor of `shape.schema`, in its order.
  public init(
    owner: AnyObject, shape: UnrollShape, policyVersion: UInt64, lastPolicyVersion: UInt64? = nil,
    starts: [UnsafeRawPointer]
  ) {
    precondition(starts.count == shape.schema.tensors.count, "an unroll needs one pointer for each tensor")
    self.owner = owner
    self.shape = shape
    self.policyVersion = policyVersion
    self.lastPolicyVersion = lastPolicyVersion ?? policyVersion
    self.starts = starts
  }

  /// The elements of a tensor that every unroll carries.
  public subscript<Element>(field: StepField<Element>) -> UnsafePointer<Element> {
    guard let index = shape.schema.index(of: field.tensor) else {
      preconditionFailure("the schema of an unroll lacks \(field.tensor.name)")
    }
    return starts[index].assumingMemoryBound(to: Element.self)
  }

  /// The elements of an optional tensor; nil if the run's unrolls do not carry it.
  public subscript<Element>(field: OptionalStepField<Element>) -> UnsafePointer<Element>? {
    shape.schema.index(of: field.tensor).map { starts[$0].assumingMemoryBound(to: Element.self) }
  }

  /// Policy versions between the behaviour policy and `version`: the mean of the first and the last step's, because the
  /// steps in between are not counted one by one. A newer behaviour policy counts as lag 0: it can come from before the
  /// learner resumed an older checkpoint.
  public func lag(behind version: UInt64) -> Double {
    (Double(version - min(policyVersion, version)) + Double(version - min(lastPolicyVersion, version))) / 2
  }

  /// T.
  public var unrollLength: Int { shape.unrollLength }
  /// E.
  public var environmentCount: Int { shape.environmentCount }
  /// Environment steps in the unroll, T x E.
  public var frameCount: Int { shape.frameCount }
}

/// Writable memory for one unroll: all tensors of its schema in one block, packed as they travel.
///
/// `@unchecked` holds because one thread fills the memory, hands it over, and writes it again only after every reader
/// has released it.
public final class UnrollStorage: @unchecked Sendable {
  public let shape: UnrollShape
  public let layout: PackedLayout
  /// The block: `layout.byteCount` bytes, aligned to 64.
  public let start: UnsafeMutableRawPointer

  /// Memory with every byte 0.
  public init(_ shape: UnrollShape) {
    self.shape = shape
    layout = shape.layout
    start = .allocate(byteCount: max(layout.byteCount, 1), alignment: 64)
    // Environments write fields, not the padding between them, and old heap content must not be sent.
    start.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
  }

  deinit { start.deallocate() }

  /// The elements of a tensor that every unroll carries.
  public subscript<Element>(field: StepField<Element>) -> UnsafeMutablePointer<Element> {
    guard let index = shape.schema.index(of: field.tensor) else {
      preconditionFailure("the schema of an unroll lacks \(field.tensor.name)")
    }
    return pointer(index)
  }

  /// The elements of an optional tensor; nil if the run's unrolls do not carry it.
  public subscript<Element>(field: OptionalStepField<Element>) -> UnsafeMutablePointer<Element>? {
    shape.schema.index(of: field.tensor).map(pointer)
  }

  private func pointer<Element>(_ index: Int) -> UnsafeMutablePointer<Element> {
    (start + layout.places[index].offset).assumingMemoryBound(to: Element.self)
  }

  /// Zeroes the tensors of which the writer fills only some elements. All others are written in full.
  public func clearSparse() {
    for (tensor, place) in zip(shape.schema.tensors, layout.places) where tensor.isSparse {
      (start + place.offset).initializeMemory(as: UInt8.self, repeating: 0, count: place.byteCount)
    }
  }

  /// The filled memory as an unroll, without a copy. The caller no longer writes the memory while the unroll exists.
  public func unroll(policyVersion: UInt64) -> Unroll {
    Unroll(
      owner: self, shape: shape, policyVersion: policyVersion,
      starts: layout.places.map { UnsafeRawPointer(start + $0.offset) })
  }
}
