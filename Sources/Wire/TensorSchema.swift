import Tensor

/// Which tensors a message has. Sizes that its own fields do not fix are nil; the receiver knows them from its network.
struct TensorSchema {
  let name: TensorName
  let type: ScalarType
  let shape: [Int?]
  /// Whether it may travel in another encoding than plain.
  var isCompressible = true

  /// The tensors of an unroll (T steps of E environments), in the order they travel.
  static func trajectory(unrollLength: Int, environments: Int) -> [TensorSchema] {
    [
      TensorSchema(name: .observations, type: .uint8, shape: [unrollLength + 1, environments, nil]),
      TensorSchema(name: .actions, type: .int32, shape: [unrollLength, environments]),
      TensorSchema(name: .rewards, type: .float32, shape: [unrollLength, environments]),
      TensorSchema(name: .flags, type: .uint8, shape: [unrollLength, environments]),
      TensorSchema(name: .logProbabilities, type: .float32, shape: [unrollLength, environments]),
      TensorSchema(name: .captions, type: .int32, shape: [unrollLength, environments]),
      TensorSchema(name: .captionCounts, type: .int16, shape: [unrollLength, environments]),
      TensorSchema(name: .values, type: .float32, shape: [unrollLength, environments, nil]),
      TensorSchema(name: .truncationValues, type: .float32, shape: [unrollLength, environments, nil]),
      TensorSchema(name: .initialState, type: .float32, shape: [environments, nil]),
    ]
  }

  static let snapshot = [
    // Weights do not become smaller, and workers act on them where they arrived.
    TensorSchema(name: .parameters, type: .float32, shape: [nil], isCompressible: false)
  ]

  /// Refuses tensors that are not exactly those of `schemas`, in their order.
  static func check(_ tensors: [TensorFrame], against schemas: [TensorSchema]) throws(WireError) {
    try Check.sameCount(tensors.count, as: schemas.count, "tensors", "the schema")
    for (tensor, schema) in zip(tensors, schemas) {
      guard tensor.name == schema.name else {
        throw .invalid(field: "tensors", reason: "\(tensor.name) stands where \(schema.name) belongs")
      }
      guard tensor.type == schema.type else {
        throw .invalid(field: "\(tensor.name).type", reason: "\(tensor.type) instead of \(schema.type)")
      }
      guard tensor.encoding == .plain || schema.isCompressible else {
        throw .invalid(field: "\(tensor.name).encoding", reason: "\(tensor.encoding) instead of plain")
      }
      let fits =
        tensor.shape.count == schema.shape.count && zip(tensor.shape, schema.shape).allSatisfy { $1 ?? $0 == $0 }
      if !fits {
        let expected = schema.shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
        throw .invalid(field: "\(tensor.name).dims", reason: "\(tensor.shape) instead of [\(expected)]")
      }
    }
  }
}
