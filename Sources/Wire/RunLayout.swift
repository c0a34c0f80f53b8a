import CWire
import Tensor
import Trajectories

/// The sizes of a run's trajectories and policies, as Welcome states them. A peer with its own idea of the run compares
/// the two before it sends anything.
public struct RunLayout: Sendable, Hashable {
  /// One array in an observation row.
  public struct Field: Sendable, Hashable {
    public var name: String
    public var type: ScalarType
    /// Row-major; empty for a scalar.
    public var shape: [Int]
    /// Bytes from the start of the row.
    public var offset: Int
    /// Elements are integers below it; 0 for numbers and texts.
    public var categories: Int
  }

  /// One tensor of a trajectory.
  public struct TensorShape: Sendable, Hashable {
    /// The wire's number (`TensorName`).
    public var number: UInt32
    public var type: ScalarType
    public var shape: [Int]
  }

  /// T.
  public var unrollLength: Int
  /// E.
  public var environments: Int
  public var groupsPerThread: Int
  public var actions: ActionSpace
  public var rowBytes: Int
  /// The fields of a row, in the order of their offsets.
  public var observation: [Field]
  /// S.
  public var stateSize: Int
  /// V.
  public var valueHeads: Int
  /// P.
  public var parameterCount: Int
  /// The tensors of a trajectory, in the order they travel.
  public var tensors: [TensorShape]

  /// The layout of unrolls of `shape`.
  public init(
    _ shape: UnrollShape, observation layout: ObservationLayout, actions: ActionSpace, groupsPerThread: Int,
    parameterCount: Int
  ) {
    unrollLength = shape.unrollLength
    environments = shape.environmentCount
    self.groupsPerThread = groupsPerThread
    self.actions = actions
    rowBytes = shape.rowByteCount
    observation = zip(layout.fields, layout.offsets).map { field, offset in
      Field(
        name: field.name, type: field.type, shape: field.shape, offset: offset,
        categories: field.encoding.categoryCount ?? 0)
    }
    stateSize = shape.stateSize
    valueHeads = shape.valueHeads
    self.parameterCount = parameterCount
    tensors = shape.schema.tensors.map {
      TensorShape(number: $0.number, type: $0.type, shape: shape.dimensions(of: $0))
    }
  }

  /// The first difference from `other`, in words; nil if they are equal.
  public func difference(from other: RunLayout) -> String? {
    func compare<Value: Equatable>(_ name: String, _ value: (RunLayout) -> Value) -> String? {
      value(self) == value(other) ? nil : "\(name) is \(value(self)) instead of \(value(other))"
    }
    return compare("the unroll length", \.unrollLength) ?? compare("the environments of a group", \.environments)
      ?? compare("the number of groups per thread", \.groupsPerThread)
      ?? compare("the space of actions", \.actions) ?? compare("the observation row", \.observation)
      ?? compare("the size of an observation row", \.rowBytes) ?? compare("the size of the state", \.stateSize)
      ?? compare("the number of value heads", \.valueHeads) ?? compare("the number of parameters", \.parameterCount)
      ?? compare("the list of tensors", \.tensors)
  }
}

extension RunLayout: Body {
  /// Fields of a row, and tensors of a trajectory.
  private static let maximumEntries = 256

  func check(_ limits: WireLimits) throws(WireError) {
    try Check.atMost(limits.maximumUnrollSteps, unrollLength, "layout.unroll_length")
    try Check.atMost(limits.maximumEnvironmentsPerGroup, environments, "layout.environments")
    try Check.atMost(Self.maximumEntries, observation.count, "layout.observation")
    try Check.atMost(Self.maximumEntries, tensors.count, "layout.tensors")
    for field in observation {
      try Check.line(field.name, maximumBytes: limits.maximumNameBytes, "layout.observation.name")
      try Check.atMost(limits.maximumTensorDimensions, field.shape.count, "layout.observation.dims")
    }
    for tensor in tensors {
      try Check.atMost(limits.maximumTensorDimensions, tensor.shape.count, "layout.tensors.dims")
    }
  }

  func pack(_ arena: PackArena) -> Tengu__RunLayout {
    var packed = Tengu__RunLayout()
    tengu__run_layout__init(&packed)
    packed.unroll_length = UInt32(clamping: unrollLength)
    packed.environments = UInt32(clamping: environments)
    packed.groups_per_thread = UInt32(clamping: groupsPerThread)
    packed.row_bytes = UInt32(clamping: rowBytes)
    packed.n_observation = observation.count
    packed.observation = arena.array(observation.map { Optional(arena.store($0.pack(arena))) })
    packed.state_size = UInt32(clamping: stateSize)
    packed.value_heads = UInt32(clamping: valueHeads)
    packed.parameter_count = UInt64(clamping: parameterCount)
    packed.n_tensors = tensors.count
    packed.tensors = arena.array(tensors.map { Optional(arena.store($0.pack(arena))) })
    pack(actions, into: &packed, arena)
    return packed
  }

  init(_ packed: Tengu__RunLayout) throws(WireError) {
    unrollLength = Int(clamping: packed.unroll_length)
    environments = Int(clamping: packed.environments)
    groupsPerThread = Int(clamping: packed.groups_per_thread)
    actions = try Self.actions(packed)
    rowBytes = Int(clamping: packed.row_bytes)
    observation = try Unpack.array(packed.observation, packed.n_observation).map { pointer throws(WireError) in
      try Field(Unpack.body(pointer))
    }
    stateSize = Int(clamping: packed.state_size)
    valueHeads = Int(clamping: packed.value_heads)
    parameterCount = Int(clamping: packed.parameter_count)
    tensors = try Unpack.array(packed.tensors, packed.n_tensors).map { pointer throws(WireError) in
      try TensorShape(Unpack.body(pointer))
    }
  }
}

extension RunLayout {
  private func pack(_ space: ActionSpace, into packed: inout Tengu__RunLayout, _ arena: PackArena) {
    switch space {
    case .discrete(let count): packed.action_count = UInt32(clamping: count)
    case .factored(let counts):
      packed.n_action_counts = counts.count
      packed.action_counts = arena.array(counts.map { UInt32(clamping: $0) })
    case .continuous(let ranges):
      packed.n_action_lows = ranges.count
      packed.action_lows = arena.array(ranges.map(\.lowerBound))
      packed.n_action_highs = ranges.count
      packed.action_highs = arena.array(ranges.map(\.upperBound))
    }
  }

  private static func actions(_ packed: Tengu__RunLayout) throws(WireError) -> ActionSpace {
    let counts = Unpack.array(packed.action_counts, packed.n_action_counts).map(Int.init)
    let lows = Unpack.array(packed.action_lows, packed.n_action_lows)
    let highs = Unpack.array(packed.action_highs, packed.n_action_highs)
    try Check.atMost(maximumEntries, counts.count, "layout.action_counts")
    try Check.atMost(maximumEntries, lows.count, "layout.action_lows")
    guard lows.count == highs.count, zip(lows, highs).allSatisfy({ $0 <= $1 }) else {
      throw .invalid(field: "layout.action_lows", reason: "they are not the lower bounds of action_highs")
    }
    let space: ActionSpace =
      if !lows.isEmpty {
        .continuous(zip(lows, highs).map { $0...$1 })
      } else if !counts.isEmpty {
        .factored(counts)
      } else {
        .discrete(Int(clamping: packed.action_count))
      }
    return space
  }
}

extension RunLayout.Field {
  fileprivate func pack(_ arena: PackArena) -> Tengu__ObservationField {
    var packed = Tengu__ObservationField()
    tengu__observation_field__init(&packed)
    packed.name = arena.text(name)
    packed.type = Tengu__ScalarType(UInt32(clamping: type.rawValue))
    packed.n_dims = shape.count
    packed.dims = arena.array(shape.map { UInt32(clamping: $0) })
    packed.offset = UInt32(clamping: offset)
    packed.categories = UInt32(clamping: categories)
    return packed
  }

  fileprivate init(_ packed: Tengu__ObservationField) throws(WireError) {
    name = try Unpack.text(packed.name, "layout.observation.name")
    type = try Unpack.scalarType(packed.type.rawValue, "layout.observation.type")
    shape = Unpack.array(packed.dims, packed.n_dims).map(Int.init)
    offset = Int(clamping: packed.offset)
    categories = Int(clamping: packed.categories)
  }
}

extension RunLayout.TensorShape {
  fileprivate func pack(_ arena: PackArena) -> Tengu__TensorSpec {
    var packed = Tengu__TensorSpec()
    tengu__tensor_spec__init(&packed)
    packed.name = Tengu__TensorName(number)
    packed.type = Tengu__ScalarType(UInt32(clamping: type.rawValue))
    packed.n_dims = shape.count
    packed.dims = arena.array(shape.map { UInt32(clamping: $0) })
    return packed
  }

  fileprivate init(_ packed: Tengu__TensorSpec) throws(WireError) {
    number = packed.name.rawValue
    type = try Unpack.scalarType(packed.type.rawValue, "layout.tensors.type")
    shape = Unpack.array(packed.dims, packed.n_dims).map(Int.init)
  }
}
