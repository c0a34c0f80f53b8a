import Glibc
import NeuralNetwork
import Tensor
import Trajectories

/// The things of a set in an observation, and a vector for each: the sum of its categories' vectors, one table for each field.
struct SetMembers: Sendable {
  private struct Field: Sendable {
    let type: ScalarType
    let byteOffset: Int
    let embedding: Embedding
  }

  private let fields: [Field]
  /// The set as data.
  let blueprint: NetworkBlueprint.Things
  /// Things at most.
  let capacity: Int
  /// Floats of a thing's vector.
  let size: Int

  /// - Parameters:
  ///   - name: the set's.
  ///   - prefix: the tables are called "prefix.FIELD.table".
  /// - Throws: `PolicyNetworkError` if the layout has no such set or its fields differ in their elements.
  init(
    _ name: String, of observation: ObservationLayout, _ prefix: String, size: Int, in layout: inout ParameterLayout
  ) throws {
    var fields: [Field] = []
    var members: [NetworkBlueprint.Things.Member] = []
    var capacity: Int?
    for (field, offset) in zip(observation.fields, observation.offsets) where field.encoding.set == name {
      guard capacity == nil || capacity == field.elementCount else {
        throw PolicyNetworkError("\(field.name): \(field.elementCount) things in the set \(name) of \(capacity ?? 0)")
      }
      capacity = field.elementCount
      let embedding = Embedding(
        "\(prefix).\(field.name)", cardinality: try field.checkedCardinality(), size: size, in: &layout)
      fields.append(Field(type: field.type, byteOffset: offset, embedding: embedding))
      members.append(.init(field: field, table: embedding.table))
    }
    guard let capacity else {
      throw PolicyNetworkError("no field belongs to the set \(name) in \(observation.signature)")
    }
    self.fields = fields
    blueprint = .init(members: members)
    self.capacity = capacity
    self.size = size
  }

  /// Additions for a full set.
  var additions: Int { capacity * size * fields.count }

  /// Whether the set has a thing with this index.
  @inline(__always)
  func has(_ index: Int, _ row: UnsafeRawPointer) -> Bool { Self.category(fields[0], index, row) != 0 }

  /// vector [size] = that of a thing.
  @inline(__always)
  func read(
    _ index: Int, _ row: UnsafeRawPointer, into vector: UnsafeMutablePointer<Float>, _ parameters: UnsafePointer<Float>
  ) {
    vector.update(repeating: 0, count: size)
    for field in fields {
      Rows.add(parameters + Self.place(field, index, row), to: vector, count: size)
    }
  }

  /// Adds d loss / d vector [size] of a thing to the tables' gradients.
  @inline(__always)
  func addGradient(
    _ index: Int, _ row: UnsafeRawPointer, _ gradient: UnsafePointer<Float>, to gradients: UnsafeMutablePointer<Float>
  ) {
    for field in fields { Rows.add(gradient, to: gradients + Self.place(field, index, row), count: size) }
  }

  /// The offset of a category's vector. As in `Embedding`, a category outside the table uses its last row.
  @inline(__always)
  private static func place(_ field: Field, _ index: Int, _ row: UnsafeRawPointer) -> Int {
    let category = UInt(bitPattern: category(field, index, row))
    let last = UInt(bitPattern: field.embedding.cardinality - 1)
    return field.embedding.table.offset + Int(bitPattern: min(category, last)) * field.embedding.size
  }

  @inline(__always)
  private static func category(_ field: Field, _ index: Int, _ row: UnsafeRawPointer) -> Int {
    let start = row + field.byteOffset
    switch field.type {
    case .uint8: return Int(start.assumingMemoryBound(to: UInt8.self)[index])
    case .int8: return Int(start.assumingMemoryBound(to: Int8.self)[index])
    case .int16: return Int(start.assumingMemoryBound(to: Int16.self)[index])
    case .int32: return Int(start.assumingMemoryBound(to: Int32.self)[index])
    case .int64: return Int(truncatingIfNeeded: start.assumingMemoryBound(to: Int64.self)[index])
    case .float32: preconditionFailure("categories are integers")
    }
  }
}

/// One set: a quarter of the sum over its things of elu(vector). The order of the things does not matter.
struct SetField: ObservationEncoder {
  /// A usual number of things gives numbers about as large as those of other fields.
  private static let scale: Float = 0.25

  private let members: SetMembers

  var blueprint: NetworkBlueprint.Encoder? { .set(members.blueprint, scale: Self.scale) }
  var outputSize: Int { members.size }
  var multiplyAdds: Int { members.additions }

  init(_ members: SetMembers) { self.members = members }

  /// Used by one thread at a time.
  private final class Memory {
    /// The vector of one thing; then its gradient.
    let vector: FloatBuffer

    init(size: Int) { vector = FloatBuffer(count: size) }
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { Memory(size: members.size) }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    let vector = unsafeDowncast(workspace, to: Memory.self).vector.pointer
    for (index, row) in range.enumerated() {
      let sum = y.row(index)
      sum.update(repeating: 0, count: members.size)
      for thing in 0..<members.capacity where members.has(thing, rows[row]) {
        members.read(thing, rows[row], into: vector, weights.parameters)
        Rows.elu(MutableMatrix(vector, rows: 1, columns: members.size))
        Rows.add(vector, to: sum, count: members.size)
      }
      Elementwise.multiply(sum, by: Self.scale, count: members.size)
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let vector = unsafeDowncast(workspace, to: Memory.self).vector.pointer
    for (index, row) in range.enumerated() {
      let slope = outputGradients.row(index)
      for thing in 0..<members.capacity where members.has(thing, rows[row]) {
        members.read(thing, rows[row], into: vector, weights.parameters)
        // d elu(v) / d v is e^v below zero.
        for i in 0..<members.size { vector[i] = Self.scale * slope[i] * (vector[i] > 0 ? 1 : expf(vector[i])) }
        members.addGradient(thing, rows[row], vector, to: gradients)
      }
    }
  }
}
