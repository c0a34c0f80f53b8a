import Tensor
import Trajectories

/// The observation fields that programs of a task can read, by name.
public struct ProgramSchema: Sendable, Hashable {
  /// Where a field lies in a row.
  struct Field: Sendable, Hashable {
    let offset: Int
    let type: ScalarType
    let count: Int
    let isText: Bool
  }

  let fields: [String: Field]
  /// Names of single elements, such as "hitpoints" for `status[10]`.
  let elements: [String: (field: String, index: Int)]

  /// - Parameter elements: further names of elements; those that the layout lacks are left out.
  public init(_ layout: ObservationLayout, elements: [String: (field: String, index: Int)] = [:]) {
    var fields: [String: Field] = [:]
    for (field, offset) in zip(layout.fields, layout.offsets) {
      switch field.encoding {
      case .hidden, .actionMask: continue
      case .text:
        fields[field.name] = Field(offset: offset, type: field.type, count: field.elementCount, isText: true)
      default: fields[field.name] = Field(offset: offset, type: field.type, count: field.elementCount, isText: false)
      }
    }
    self.fields = fields
    self.elements = elements.filter { fields[$0.value.field].map { field in !field.isText } ?? false }
  }

  /// What a program may write after `before.` and `after.`, for messages and for prompts.
  public var names: [String] {
    fields.map { name, field in field.isText || field.count == 1 ? name : "\(name)[0 to \(field.count - 1)]" }.sorted()
      + elements.keys.sorted()
  }

  public static func == (one: ProgramSchema, other: ProgramSchema) -> Bool {
    one.fields == other.fields && one.names == other.names
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(fields) }
}
