import CProtobufC
import CWire
import Environments
import Runtime
import Tensor
import Trajectories

/// What an environment server plays, as it describes itself.
struct ServerDescription: Sendable {
  private static let maximumFields = 256
  private static let maximumNameBytes = 64
  private static let maximumDimensions = 8
  /// Bytes of an observation row: a picture of 1024 x 1024 pixels in three colours.
  private static let maximumRowBytes = 4 << 20
  private static let actionCounts = 1...4_096
  private static let categories = 1...65_536
  /// Bounds beyond this say nothing about the size of a number.
  private static let largestUsefulBound: Float = 1e6

  let specification: EnvironmentSpecification
  /// The versions of the packages that the server uses.
  let versions: String
  /// Whether the end of an episode takes an idle step.
  let idlesAfterEnd: Bool

  /// A text of a server on one line: a name or an error.
  static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0).printable } ?? ""
  }

  /// - Throws: `ServerProblem` naming what no observation can have.
  init(_ packed: TenguEnvironments__Description) throws(ServerProblem) {
    versions = Self.text(packed.versions)
    idlesAfterEnd = packed.idles_after_end != 0
    guard packed.n_fields <= Self.maximumFields else {
      throw ServerProblem("describes \(packed.n_fields) observations; at most \(Self.maximumFields) are supported")
    }
    var fields: [ObservationField] = []
    for index in 0..<packed.n_fields {
      guard let field = packed.fields?[index] else { continue }
      fields.append(try Self.field(field.pointee))
    }
    guard Set(fields.map(\.name)).count == fields.count else {
      throw ServerProblem("describes two observations of the same name")
    }
    let layout = ObservationLayout(fields)
    guard !fields.isEmpty, layout.rowByteCount <= Self.maximumRowBytes else {
      throw ServerProblem(
        "describes an observation of \(layout.rowByteCount) bytes; 1 to \(Self.maximumRowBytes) are supported")
    }
    guard layout.rowByteCount == Int(clamping: packed.row_bytes) else {
      throw ServerProblem("packs rows of \(packed.row_bytes) bytes instead of \(layout.rowByteCount)")
    }
    guard fields.count(where: { $0.encoding == .actionMask }) <= 1 else {
      throw ServerProblem("describes two masks of actions")
    }
    specification = EnvironmentSpecification(
      name: Self.text(packed.task), observation: layout, actions: try Self.actions(packed))
  }

  /// The space of actions.
  private static func actions(_ packed: TenguEnvironments__Description) throws(ServerProblem) -> ActionSpace {
    guard let parts = packed.actions?.pointee else {
      return .discrete(try checked(packed.action_count, actionCounts, "the number of actions"))
    }
    let lows = Array(UnsafeBufferPointer(start: parts.low, count: parts.n_low))
    let highs = Array(UnsafeBufferPointer(start: parts.high, count: parts.n_high))
    let space: ActionSpace
    if lows.isEmpty && highs.isEmpty {
      let counts = UnsafeBufferPointer(start: parts.counts, count: parts.n_counts)
      space = .factored(counts.map { Int(clamping: $0) })
    } else {
      // No range has a bound that is no number: every comparison with one is false.
      guard parts.n_counts == 0, lows.count == highs.count, zip(lows, highs).allSatisfy({ $0 <= $1 }) else {
        throw ServerProblem("describes actions whose numbers have no ranges")
      }
      space = .continuous(zip(lows, highs).map { $0...$1 })
    }
    if let problem = space.problem { throw ServerProblem("describes a space of actions that \(problem)") }
    return space
  }

  private static func checked(
    _ number: some BinaryInteger, _ range: ClosedRange<Int>, _ name: String
  ) throws(ServerProblem) -> Int {
    do {
      return try Int(checked: number, in: range, name)
    } catch {
      throw ServerProblem("is not usable: \(error)")
    }
  }

  private static func field(_ packed: TenguEnvironments__ObservationField) throws(ServerProblem) -> ObservationField {
    let name = Self.text(packed.name)
    guard (1...maximumNameBytes).contains(name.utf8.count) else {
      throw ServerProblem("describes an observation \"\(name)\"; a name has 1 to \(maximumNameBytes) bytes")
    }
    guard let number = UInt8(exactly: packed.type), let type = ScalarType(rawValue: number) else {
      throw ServerProblem("describes the observation \"\(name)\" with an unknown type of number")
    }
    guard packed.n_dims <= maximumDimensions else {
      throw ServerProblem("describes \"\(name)\" with \(packed.n_dims) dimensions, more than \(maximumDimensions)")
    }
    var shape: [Int] = []
    var bytes = type.byteCount
    for index in 0..<packed.n_dims {
      let size = try checked(packed.dims?[index] ?? 0, 1...maximumRowBytes, "a dimension of \"\(name)\"")
      bytes = bytes.multipliedReportingOverflow(by: size).overflow ? .max : bytes * size
      guard bytes <= maximumRowBytes else {
        throw ServerProblem("describes \"\(name)\", which is larger than \(maximumRowBytes) bytes")
      }
      shape.append(size)
    }
    return ObservationField(name, type, shape, try encoding(packed, name, type, elements: bytes / type.byteCount))
  }

  private static func encoding(
    _ packed: TenguEnvironments__ObservationField, _ name: String, _ type: ScalarType, elements: Int
  ) throws(ServerProblem) -> ObservationEncoding {
    switch packed.encoding.rawValue {
    case 1 where type != .float32:
      return .categorical(cardinality: try checked(packed.categories, categories, "the categories of \"\(name)\""))
    case 2:
      let low = UnsafeBufferPointer(start: packed.low, count: packed.n_low)
      let high = UnsafeBufferPointer(start: packed.high, count: packed.n_high)
      guard [0, 1, elements].contains(low.count), [0, 1, elements].contains(high.count) else {
        throw ServerProblem("describes \"\(name)\" with \(low.count) bounds for \(elements) numbers")
      }
      return .numeric(scale: scales(low, high))
    case 3 where type == .uint8: return .text
    case 4 where type == .uint8 && packed.n_dims == 3: return .image
    case 5 where type == .uint8: return .actionMask
    default: throw ServerProblem("describes the observation \"\(name)\" with an unknown encoding")
    }
  }

  /// The factor that brings each number of a bounded field into -1 ... 1; 1 for a number without bounds.
  private static func scales(
    _ low: UnsafeBufferPointer<Float>, _ high: UnsafeBufferPointer<Float>
  ) -> [Float] {
    func bound(_ bounds: UnsafeBufferPointer<Float>, _ index: Int) -> Float {
      bounds.isEmpty ? .infinity : abs(bounds[bounds.count == 1 ? 0 : index])
    }
    return (0..<max(1, low.count, high.count)).map { index in
      let largest = max(bound(low, index), bound(high, index))
      return largest > 0 && largest <= largestUsefulBound ? 1 / largest : 1
    }
  }
}

/// Something is wrong with an environment server; the text says what, as in "server w0.1 TEXT".
struct ServerProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
